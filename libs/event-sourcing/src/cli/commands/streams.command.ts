import type { Command } from 'commander';
import { MAX_VERSION } from '../../core/index.js';
import type { CommandHost, CommandRun } from '../command-run.js';
import { CommandError } from '../errors.js';
import { EXIT } from '../exit-code.js';
import { plain, timeOf } from '../terminal/text.js';
import { wholeNumber } from './argument-values.js';
import { eventJson } from './event-views.js';

interface ListOptions {
  readonly category?: string;
  readonly tenant?: string;
  readonly after?: string;
  readonly limit: number;
}

interface ShowOptions {
  readonly from?: number;
  readonly limit: number;
  readonly backwards?: boolean;
  readonly data?: boolean;
}

/** `tidemark streams …` */
export function addStreamCommands(program: Command, host: CommandHost): void {
  const streams = program.command('streams').description('look at streams');

  streams
    .command('list')
    .description('list streams in the order of their ids')
    .option('--category <name>', 'only of this category')
    .option('--tenant <id>', 'only of this tenant')
    .option('--after <id>', 'go on after this stream')
    .option('--limit <n>', 'most streams to list', wholeNumber(1), 50)
    .action(host.action(listStreams));

  streams
    .command('show <id>')
    .description('show a stream and its events; no payload unless asked for')
    .option('--from <version>', 'first version, or the last with --backwards', wholeNumber(1))
    .option('--limit <n>', 'most events to show', wholeNumber(1), 50)
    .option('--backwards', 'newest first')
    .option('--data', 'show payload and metadata, which may be personal')
    .action(host.action(showStream));
}

async function listStreams({ terminal, json, open }: CommandRun, options: ListOptions) {
  const { category, tenant: tenantId, after, limit } = options;
  const { catalogue } = await open();
  // One more tells whether there are more.
  const found = await catalogue.listStreams({ category, tenantId, after, limit: limit + 1 });
  const streams = found.slice(0, limit);
  const next = found.length > limit ? streams.at(-1)?.streamId : undefined;
  if (json) terminal.json({ streams, nextAfter: next ?? null });
  else if (streams.length > 0) {
    terminal.table(streams, [
      { head: 'STREAM', value: ({ streamId }) => streamId, gives: 'middle' },
      { head: 'VERSION', value: ({ version }) => version, align: 'right' },
      { head: 'TENANT', value: (stream) => stream.tenantId, gives: 'middle' },
      { head: 'CREATED', value: ({ createdAt }) => timeOf(createdAt) },
    ]);
    if (next !== undefined) terminal.note(`There are more: go on with --after ${next}`);
  }
  if (streams.length > 0) return EXIT.done;
  terminal.note('tidemark: no stream matches.');
  return EXIT.notFound;
}

async function showStream(
  { terminal, json, open }: CommandRun,
  options: ShowOptions,
  [streamId = '']: readonly string[],
) {
  const { catalogue, storage } = await open();
  const head = await catalogue.stream(streamId);
  if (head === undefined) throw new CommandError(EXIT.notFound, `There is no stream '${streamId}'.`);
  const { from, limit, backwards = false, data = false } = options;
  const events = await storage.readStream({
    streamId,
    fromVersion: backwards ? 1 : (from ?? 1),
    toVersion: backwards ? (from ?? MAX_VERSION) : MAX_VERSION,
    direction: backwards ? 'backwards' : 'forwards',
    limit,
  });
  if (json) return terminal.json({ ...head, events: events.map((event) => eventJson(event, data)) });
  const tenant = head.tenantId === undefined ? '' : `, tenant ${plain(head.tenantId)}`;
  terminal.line(`${plain(streamId)}: version ${head.version}${tenant}, created ${timeOf(head.createdAt)}`);
  terminal.line();
  terminal.table(events, [
    { head: 'VERSION', value: ({ version }) => version, align: 'right' },
    { head: 'POSITION', value: ({ position }) => position, align: 'right' },
    { head: 'TYPE', value: ({ type }) => type, gives: 'end' },
    { head: 'RECORDED', value: ({ recordedAt }) => timeOf(recordedAt) },
    { head: 'EVENT', value: ({ id }) => id, gives: 'middle' },
  ]);
  if (data) {
    for (const { version, data: payload, metadata } of events) {
      terminal.line(`${version}  data      ${plain(payload)}`);
      terminal.line(`${version}  metadata  ${plain(metadata)}`);
    }
  }
  const isCut = events.length === limit && events.at(-1)?.version !== (backwards ? 1 : head.version);
  if (isCut) terminal.note(`There are more events: raise --limit, or go on with --from.`);
}
