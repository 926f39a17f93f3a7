import type { Command } from 'commander';
import type { DeadLetter, DeadLetterState } from '../../dead-letter-queue/index.js';
import type { CommandHost, CommandRun } from '../command-run.js';
import { EXIT } from '../exit-code.js';
import { counted, plain, spanOf, timeOf } from '../terminal/text.js';
import { pastTime, wholeNumber, yesOption } from './argument-values.js';
import { eventJson } from './event-views.js';
import { addRedriveCommand } from './redrive.command.js';

interface ListOptions {
  readonly subscription?: string;
  readonly state?: string;
  readonly stream?: string;
  readonly type?: string;
  readonly error?: string;
  readonly tenant?: string;
  readonly cursor?: string;
  readonly limit: number;
}

interface CloseOptions {
  readonly note?: string;
  readonly yes?: boolean;
}

/** Letters that one statement deletes, so that none takes long. */
const PURGE_BATCH = 5_000;

/** `tidemark dead-letters …` */
export function addDeadLetterCommands(program: Command, host: CommandHost): void {
  const letters = program.command('dead-letters').description('look at dead letters and deal with them');

  letters
    .command('list')
    .description('list letters, newest first')
    .option('--subscription <name>', 'only of this subscription')
    .option('--state <state>', 'only parked, redriving, resolved or discarded ones')
    .option('--stream <id>', 'only of events of this stream')
    .option('--type <name>', 'only of events of this type')
    .option('--error <class>', 'only with this class of error')
    .option('--tenant <id>', 'only of this tenant')
    .option('--cursor <cursor>', 'the next page, as the one before said')
    .option('--limit <n>', 'most letters to list, up to 1000', wholeNumber(1), 50)
    .action(host.action(list));

  letters
    .command('show <id>')
    .description('show a letter, its error and every try; no payload unless asked for')
    .option('--data', 'show payload and metadata of the event, which may be personal')
    .action(host.action(show));

  addRedriveCommand(letters, host);

  letters
    .command('resolve <id>')
    .description('close a letter whose event was taken care of; what queued behind it is redriven')
    .option('--note <text>', 'kept with the letter')
    .action(host.action((run, options: CloseOptions, [id]) => close(run, id, 'resolved', options)));

  letters
    .command('discard <id>')
    .description('close a letter whose event is given up; what queued behind it is redriven')
    .option('--note <text>', 'kept with the letter')
    .addOption(yesOption())
    .action(host.action((run, options: CloseOptions, [id]) => close(run, id, 'discarded', options)));

  letters
    .command('purge')
    .description('delete letters that were resolved or discarded a while ago; never an open one')
    .requiredOption('--before <time>', 'closed before: a span such as 30d or 12h, or a date', pastTime)
    .addOption(yesOption())
    .action(host.action(purge));
}

async function list({ terminal, json, open }: CommandRun, options: ListOptions) {
  const { deadLetters } = await open();
  const { subscription, state, stream: streamId, type, error: errorClass, tenant: tenantId, cursor, limit } = options;
  const filter = { subscription, state: state as DeadLetterState | undefined, streamId, type, errorClass, tenantId };
  const { letters, nextCursor } = await deadLetters.list({ ...filter, cursor, limit });
  if (json) terminal.json({ letters: letters.map(withoutStack), nextCursor: nextCursor ?? null });
  else if (letters.length > 0) {
    terminal.table(letters, [
      { head: 'ID', value: ({ id }) => id },
      { head: 'SUBSCRIPTION', value: (letter) => letter.subscription, gives: 'middle' },
      { head: 'STATE', value: (letter) => letter.state },
      { head: 'STREAM', value: (letter) => letter.streamId, gives: 'middle' },
      { head: 'ERROR', value: (letter) => letter.errorClass ?? letter.reason.replace('-', ' '), gives: 'end' },
      { head: 'AGE', value: ({ parkedAt }) => spanOf((Date.now() - parkedAt.getTime()) / 1_000), align: 'right' },
    ]);
    if (nextCursor !== undefined) terminal.note(`There are more: go on with --cursor ${nextCursor}`);
  }
  if (letters.length > 0) return EXIT.done;
  terminal.note('tidemark: no dead letter matches.');
  return EXIT.notFound;
}

async function show(
  { terminal, json, open }: CommandRun,
  { data = false }: { data?: boolean },
  [id = '']: readonly string[],
) {
  const { deadLetters, storage } = await open();
  const letter = await deadLetters.get(id);
  const { streamId, version } = letter;
  const [event] = data
    ? await storage.readStream({ streamId, fromVersion: version, toVersion: version, direction: 'forwards', limit: 1 })
    : [];
  if (json) return terminal.json({ ...letter, ...(data && { event: event && eventJson(event, true) }) });
  const fields: readonly [string, string | undefined][] = [
    ['letter', letter.id],
    ['state', `${letter.state} (${letter.reason.replace('-', ' ')})`],
    ['subscription', `${letter.subscription}, partition ${letter.partition}`],
    ['event', `${letter.eventId}, ${letter.type}`],
    ['stream', `${streamId}, version ${version}, position ${letter.position}`],
    ['tenant', letter.tenantId],
    ['parked', timeOf(letter.parkedAt)],
    ['changed', timeOf(letter.updatedAt)],
    ['note', letter.note],
    ['error', letter.errorClass && `${letter.errorClass}: ${letter.message}`],
    ...(letter.stack?.split('\n').slice(1) ?? []).map((line): [string, string] => ['', line.trim()]),
    ...letter.attempts.map(({ at, kind, errorClass }): [string, string] => [
      'try',
      `${timeOf(at)}, ${kind}, ${errorClass}`,
    ]),
    ['data', event?.data],
    ['metadata', event?.metadata],
  ];
  for (const [name, value] of fields) {
    if (value !== undefined) terminal.line(`${name.padEnd(14)}${plain(value)}`);
  }
}

async function close(run: CommandRun, id = '', as: 'resolved' | 'discarded', { note, yes = false }: CloseOptions) {
  const { deadLetters } = await run.open();
  const letter = await deadLetters.get(id);
  if (as === 'discarded' && !yes) {
    const { type, streamId, subscription } = letter;
    await run.terminal.confirm(`'${subscription}' does without this ${type} of ${streamId} for good.`, run.signal);
  }
  const closed = as === 'resolved' ? await deadLetters.resolve(id, { note }) : await deadLetters.discard(id, { note });
  if (run.json) return run.terminal.json(withoutStack(closed));
  run.terminal.line(`Letter ${closed.id} of ${plain(closed.subscription)} is ${closed.state}.`);
}

async function purge(
  { terminal, json, signal, open }: CommandRun,
  { before, yes = false }: { before: Date; yes?: boolean },
) {
  const { deadLetters } = await open();
  if (!yes) {
    await terminal.confirm(`Dead letters that were closed before ${timeOf(before)} are deleted.`, signal);
  }
  let purged = 0;
  for (let batch = PURGE_BATCH; batch === PURGE_BATCH && !signal.aborted; purged += batch) {
    batch = await deadLetters.purge({ resolvedBefore: before, limit: PURGE_BATCH });
  }
  if (json) terminal.json({ purged, before });
  else terminal.line(`${counted(purged, 'letter')} deleted.`);
  if (signal.aborted) return EXIT.interrupted;
  return purged > 0 ? EXIT.done : EXIT.notFound;
}

/** What a list has no room for. */
function withoutStack({ stack: _stack, ...letter }: DeadLetter): Omit<DeadLetter, 'stack'> {
  return letter;
}
