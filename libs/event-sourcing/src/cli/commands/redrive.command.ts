import type { Command } from 'commander';
import type { DeadLetter, DeadLetterState } from '../../dead-letter-queue/index.js';
import type { CommandHost, CommandRun } from '../command-run.js';
import { CommandError } from '../errors.js';
import { EXIT } from '../exit-code.js';
import type { StoreSession } from '../store-session.js';
import { ProgressBar } from '../terminal/progress-bar.js';
import { counted } from '../terminal/text.js';
import { wholeNumber } from './argument-values.js';
import { waitFor } from './waiting.js';

interface RedriveOptions {
  readonly all?: boolean;
  readonly subscription?: string;
  readonly stream?: string;
  readonly type?: string;
  readonly error?: string;
  readonly tenant?: string;
  readonly wait?: boolean;
  readonly timeout?: number;
}

/** What became of letters that were redriven. */
interface Outcome {
  readonly handled: number;
  readonly parkedAgain: number;
}

const PAGE_SIZE = 1_000;

/** `tidemark dead-letters redrive …` */
export function addRedriveCommand(letters: Command, host: CommandHost): void {
  letters
    .command('redrive [id]')
    .description('hand parked letters to their subscriptions again: one, those that filters let through, or all')
    .option('--all', 'all of them')
    .option('--subscription <name>', 'those of this subscription')
    .option('--stream <id>', 'those of events of this stream')
    .option('--type <name>', 'those of events of this type')
    .option('--error <class>', 'those with this class of error')
    .option('--tenant <id>', 'those of this tenant')
    .option('--wait', 'until each is handled or parked again, with progress')
    .option('--timeout <seconds>', 'longest wait; the redrive goes on', wholeNumber(1))
    .action(host.action(redrive));
}

async function redrive(run: CommandRun, options: RedriveOptions, [id]: readonly string[]) {
  const which = whichOf(options, id);
  const session = await run.open();
  const { deadLetters } = session;
  const { wait = false, timeout } = options;
  const parked = wait ? await lettersIn(session, 'parked', options.subscription) : [];
  const count = await deadLetters.redrive(which);
  const { terminal, json } = run;
  if (count === 0) {
    if (json) terminal.json({ redriving: 0 });
    terminal.note('tidemark: no parked letter matches; those that are redriving already do not count.');
    return EXIT.notFound;
  }
  const subscription = id === undefined ? options.subscription : (await deadLetters.get(id)).subscription;
  await warnOfNobody(run, session, subscription);
  const before = new Map(parked.map((letter) => [letter.id, letter.updatedAt.getTime()]));
  const outcome = wait ? await followed(run, session, { subscription, before, count, timeout }) : undefined;
  if (json) terminal.json({ redriving: count, ...outcome });
  else if (outcome === undefined) terminal.line(`${counted(count, 'letter')} redriving.`);
  else terminal.line(`${outcome.handled} of ${counted(count, 'letter')} handled, ${outcome.parkedAgain} parked again.`);
  return outcome !== undefined && outcome.parkedAgain > 0 ? EXIT.failed : EXIT.done;
}

function whichOf(
  { all = false, subscription, stream: streamId, type, error: errorClass, tenant: tenantId }: RedriveOptions,
  id?: string,
) {
  const filter = { subscription, streamId, type, errorClass, tenantId };
  const isFiltered = Object.values(filter).some((value) => value !== undefined);
  if (Number(all) + Number(isFiltered) + Number(id !== undefined) !== 1) {
    throw new CommandError(EXIT.wrongUse, 'Say which letters: an id, or filters such as --subscription, or --all.');
  }
  return id ?? (all ? 'all' : filter);
}

async function warnOfNobody(
  { terminal }: CommandRun,
  { deadLetters, overview }: StoreSession,
  only: string | undefined,
) {
  const { bySubscription } = await deadLetters.stats();
  const names = Object.entries(bySubscription).flatMap(([name, { redriving }]) => (redriving > 0 ? [name] : []));
  for (const name of names.filter((one) => only === undefined || one === only)) {
    if ((await overview.processesOf(name)).length > 0) continue;
    terminal.note(`No living process runs '${name}': its letters wait until one does. Start the app.`);
  }
}

interface Followed {
  readonly subscription: string | undefined;
  /** Parked before they were asked for, by id: when they last changed. */
  readonly before: ReadonlyMap<string, number>;
  readonly count: number;
  readonly timeout: number | undefined;
}

async function followed(
  { terminal, signal, json }: CommandRun,
  session: StoreSession,
  { subscription, before, count, timeout }: Followed,
): Promise<Outcome> {
  const bar = new ProgressBar(terminal, 'redrive', !json);
  const startedAt = performance.now();
  const look = async (): Promise<true | undefined> => {
    const left = (await lettersIn(session, 'redriving', subscription)).filter(({ id }) => before.has(id)).length;
    const done = Math.max(0, count - left);
    const rate = done / ((performance.now() - startedAt) / 1_000);
    bar.show({ done: BigInt(done), total: BigInt(count), secondsLeft: done === 0 ? undefined : left / rate });
    return left === 0 ? true : undefined;
  };
  try {
    await waitFor(look, { goesOn: 'The redrive goes on by itself.', signal, timeout });
  } finally {
    bar.stop();
  }
  // One that failed again, and those behind it that were sent back, have changed; one that was never asked for has not.
  const parked = await lettersIn(session, 'parked', subscription);
  const again = parked.filter(({ id, updatedAt }) => before.has(id) && before.get(id) !== updatedAt.getTime());
  return { handled: Math.max(0, count - again.length), parkedAgain: again.length };
}

async function lettersIn({ deadLetters }: StoreSession, state: DeadLetterState, subscription: string | undefined) {
  const found: DeadLetter[] = [];
  let cursor: string | undefined;
  do {
    const page = await deadLetters.list({ state, subscription, cursor, limit: PAGE_SIZE });
    found.push(...page.letters);
    cursor = page.nextCursor;
  } while (cursor !== undefined);
  return found;
}
