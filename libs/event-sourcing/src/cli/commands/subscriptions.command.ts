import { setTimeout as delay } from 'node:timers/promises';
import { type Command, InvalidArgumentError } from 'commander';
import type { SubscriptionStanding } from '../../subscriptions/index.js';
import type { CommandHost, CommandRun } from '../command-run.js';
import { CommandError } from '../errors.js';
import { EXIT } from '../exit-code.js';
import type { StoreSession } from '../store-session.js';
import { counted, plain, timeOf } from '../terminal/text.js';
import { position, yesOption } from './argument-values.js';
import { existing } from './existing-subscription.js';
import { addRebuildCommand } from './rebuild.command.js';
import { standingsOf, subscriptionTable } from './subscription-views.js';

/** How often to look whether the owners have stopped, in milliseconds. */
const LOOK_INTERVAL_MS = 200;

interface ResetOptions {
  readonly to: 'beginning' | 'end' | bigint;
  readonly acceptRepeats?: boolean;
  readonly acceptGaps?: boolean;
  readonly yes?: boolean;
}

/** `tidemark subscriptions …` */
export function addSubscriptionCommands(program: Command, host: CommandHost): void {
  const subscriptions = program.command('subscriptions').description('look at subscriptions and steer them');

  subscriptions
    .command('list [name]')
    .description('how all stand, or one with its partitions')
    .action(host.action(list));

  subscriptions
    .command('pause <name>')
    .description('pause in all processes, until resumed; restarts do not matter')
    .requiredOption('--reason <text>', 'why; whoever finds it will ask')
    .option('--wait', 'until no process works on it any more')
    .action(host.action(pause));

  subscriptions
    .command('resume <name>')
    .description('let a paused subscription go on from its checkpoints')
    .action(host.action(resume));

  addRebuildCommand(subscriptions, host);

  subscriptions
    .command('reset <name>')
    .description('put the checkpoints of one that is paused or stopped to a position; its read model is not touched')
    .requiredOption('--to <position>', "'beginning', 'end' (the horizon) or a position", resetTarget)
    .option('--accept-repeats', 'events that were handled are handled again, on a read model that holds them')
    .option('--accept-gaps', 'events in between are never handled')
    .addOption(yesOption())
    .action(host.action(reset));
}

async function list({ terminal, json, open }: CommandRun, _options: object, [name]: readonly string[]) {
  const session = await open();
  if (name !== undefined) await existing(session, name);
  const { subscriptions } = await standingsOf(session);
  const chosen = subscriptions.filter((one) => name === undefined || one.name === name);
  if (json) return terminal.json({ subscriptions: chosen });
  if (chosen.length === 0) return terminal.line('No subscription has ever run on this store.');
  subscriptionTable(terminal, chosen);
  for (const { name: paused, pausedReason } of chosen) {
    if (pausedReason !== undefined) terminal.line(`\n${plain(paused)} is paused: ${plain(pausedReason)}`);
  }
  const [only] = chosen;
  if (name === undefined || only === undefined) return;
  terminal.line();
  partitionTable(terminal, only);
}

function partitionTable(terminal: CommandRun['terminal'], { partitions }: SubscriptionStanding): void {
  terminal.table(partitions, [
    { head: 'PARTITION', value: ({ partition }) => partition, align: 'right' },
    { head: 'POSITION', value: (one) => one.position, align: 'right' },
    { head: 'HANDLED', value: ({ handled }) => handled, align: 'right' },
    { head: 'MOVED', value: ({ updatedAt }) => updatedAt && timeOf(updatedAt) },
    { head: 'OWNER', value: ({ owner }) => owner, gives: 'middle' },
  ]);
}

async function pause(
  run: CommandRun,
  { reason, wait }: { reason: string; wait?: boolean },
  [name = '']: readonly string[],
) {
  if (reason.trim() === '') throw new CommandError(EXIT.wrongUse, 'The reason is empty: say why it is paused.');
  const session = await run.open();
  const { pausedReason } = await existing(session, name);
  await session.directory.setPaused(name, reason);
  const owners = wait === true ? await untilUnowned(session, name, run.signal) : undefined;
  if (run.json) return run.terminal.json({ subscription: name, paused: true, reason, before: pausedReason ?? null });
  const before = pausedReason === undefined ? '' : ` (it was already: ${plain(pausedReason)})`;
  const settled =
    owners === undefined
      ? 'Its processes finish what is under way and notice within a second.'
      : 'No process works on it.';
  run.terminal.line(`${plain(name)} is paused${before}. ${settled}`);
}

async function untilUnowned(session: StoreSession, name: string, signal: AbortSignal): Promise<readonly string[]> {
  for (;;) {
    const { subscriptions } = await standingsOf(session);
    const partitions = subscriptions.find((one) => one.name === name)?.partitions ?? [];
    if (partitions.every(({ owner }) => owner === undefined)) return [];
    await delay(LOOK_INTERVAL_MS, undefined, { signal });
  }
}

async function resume({ terminal, json, open }: CommandRun, _options: object, [name = '']: readonly string[]) {
  const session = await open();
  const { pausedReason } = await existing(session, name);
  if (pausedReason !== undefined) await session.directory.setPaused(name, undefined);
  if (json) return terminal.json({ subscription: name, paused: false, before: pausedReason ?? null });
  if (pausedReason === undefined) return terminal.line(`${plain(name)} was not paused.`);
  terminal.line(`${plain(name)} goes on; it was paused: ${plain(pausedReason)}`);
}

async function reset(run: CommandRun, options: ResetOptions, [name = '']: readonly string[]) {
  const session = await run.open();
  await existing(session, name);
  const { to, acceptRepeats = false, acceptGaps = false, yes = false } = options;
  const wanted = { to, acceptRepeats, acceptGaps };
  const plan = await session.reset.plan(name, wanted);
  if (!yes) {
    const from = [...new Set(plan.before.map(({ position: at }) => at))].join(', ') || 'nowhere';
    const what = `The checkpoints of '${name}' (${counted(plan.partitions, 'partition')}) go from ${from} to ${plan.position}; its read model stays as it is.`;
    await run.terminal.confirm(what, run.signal);
  }
  const { position: at, partitions, before } = await session.reset.run(name, wanted);
  if (run.json) return run.terminal.json({ subscription: name, position: at, partitions, before });
  run.terminal.line(
    `${plain(name)}: ${counted(partitions, 'checkpoint')} at position ${at}; its read model was not touched.`,
  );
}

function resetTarget(text: string): ResetOptions['to'] {
  if (text === 'beginning' || text === 'end') return text;
  try {
    return position(text);
  } catch {
    throw new InvalidArgumentError("Give 'beginning', 'end' or a position.");
  }
}
