import type { Command } from 'commander';
import type { RebuildProgress } from '../../subscriptions/index.js';
import type { CommandHost, CommandRun } from '../command-run.js';
import { CommandError } from '../errors.js';
import { EXIT } from '../exit-code.js';
import type { StoreSession } from '../store-session.js';
import { ProgressBar } from '../terminal/progress-bar.js';
import { counted, plain } from '../terminal/text.js';
import { wholeNumber, yesOption } from './argument-values.js';
import { existing } from './existing-subscription.js';
import { waitFor } from './waiting.js';

interface RebuildOptions {
  readonly replaySideEffects?: boolean;
  readonly wait?: boolean;
  readonly timeout?: number;
  readonly yes?: boolean;
}

/** `tidemark subscriptions rebuild …` */
export function addRebuildCommand(subscriptions: Command, host: CommandHost): void {
  subscriptions
    .command('rebuild <name>')
    .description('have a projection empty its read model and handle all events again; a process of the app does it')
    .option('--replay-side-effects', 'for a subscriber: all of its side effects happen again')
    .option('--wait', 'until it has come to where the feed ended, with progress')
    .option('--timeout <seconds>', 'longest wait; the rebuild goes on', wholeNumber(1))
    .addOption(yesOption())
    .action(host.action(rebuild));
}

async function rebuild(run: CommandRun, options: RebuildOptions, [name = '']: readonly string[]) {
  const session = await run.open();
  const isUnderWay = await refuseUnfit(session, name, options.replaySideEffects === true);
  if (!isUnderWay) {
    if (options.yes !== true) {
      const what = `'${name}' empties its read model and handles all events again; until then queries find it partly filled.`;
      await run.terminal.confirm(what, run.signal);
    }
    await session.directory.requestRebuild(name);
  }
  const processes = await session.overview.processesOf(name);
  const { terminal, json } = run;
  if (processes.length === 0) {
    terminal.note(`No living process runs '${name}': the rebuild begins when one does. Start the app.`);
  }
  const progress = options.wait === true ? await followed(run, session, name, options.timeout) : undefined;
  const now = progress ?? (await session.overview.rebuildOf(name));
  if (json) return terminal.json({ subscription: name, isUnderWay, processes, ...now });
  if (progress !== undefined) {
    const rate = Math.round(progress.ratePerSecond);
    return terminal.line(`${plain(name)} is rebuilt: ${counted(progress.done, 'event')}, ${rate} per second.`);
  }
  terminal.line(
    `A rebuild of ${plain(name)} is ${isUnderWay ? 'under way already' : 'requested'}. Watch it with --wait.`,
  );
}

/** Whether a rebuild is under way already. */
async function refuseUnfit(session: StoreSession, name: string, replaySideEffects: boolean): Promise<boolean> {
  const { pausedReason, rebuild: record } = await existing(session, name);
  if (pausedReason !== undefined) {
    const message = `'${name}' is paused (${pausedReason}): run 'tidemark subscriptions resume ${name}' first.`;
    throw new CommandError(EXIT.failed, message);
  }
  const { subscriptions } = await session.overview.look(await session.storage.horizon());
  const kind = subscriptions.find((one) => one.name === name)?.kind;
  if (kind !== 'projection' && !replaySideEffects) {
    const message = `'${name}' has side effects, which would all happen again. If that is what you want, give --replay-side-effects.`;
    throw new CommandError(EXIT.wrongUse, message);
  }
  return record !== undefined && record.finishedAt === undefined;
}

async function followed(
  { terminal, signal, json }: CommandRun,
  { overview }: StoreSession,
  name: string,
  timeout: number | undefined,
): Promise<RebuildProgress> {
  const bar = new ProgressBar(terminal, name, !json);
  const look = async (): Promise<RebuildProgress | undefined> => {
    const progress = await overview.rebuildOf(name);
    if (progress === undefined) {
      const message = `The process that runs '${name}' took the request back: it has no reset(manager) method, or that failed. Its log says why.`;
      throw new CommandError(EXIT.failed, message);
    }
    const { total, done, secondsLeft, phase } = progress;
    if (total !== undefined) bar.show({ done, total, secondsLeft });
    return phase === 'finished' ? progress : undefined;
  };
  try {
    return await waitFor(look, { goesOn: 'The rebuild goes on by itself.', signal, timeout });
  } finally {
    bar.stop();
  }
}
