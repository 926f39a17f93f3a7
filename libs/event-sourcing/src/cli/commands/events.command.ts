import { setTimeout as delay } from 'node:timers/promises';
import type { Command } from 'commander';
import type { StoredEvent } from '../../core/index.js';
import type { FeedFilter } from '../../event-store/index.js';
import type { CommandHost, CommandRun } from '../command-run.js';
import { EXIT } from '../exit-code.js';
import type { StoreSession } from '../store-session.js';
import type { Terminal } from '../terminal/terminal.js';
import { jsonOf, plain, shortened, timeOf } from '../terminal/text.js';
import { position, several, wholeNumber } from './argument-values.js';
import { eventJson } from './event-views.js';

const PAGE_SIZE = 500;

/** How often to look for new events, in milliseconds. */
const POLL_INTERVAL_MS = 250;

interface TailOptions {
  readonly lines: number;
  readonly after?: bigint;
  readonly limit?: number;
  readonly follow?: boolean;
  readonly type?: readonly string[];
  readonly category?: readonly string[];
  readonly tenant?: string;
  readonly data?: boolean;
}

/** `tidemark events …` */
export function addEventCommands(program: Command, host: CommandHost): void {
  const events = program.command('events').description('look at the feed of all events');
  events
    .command('tail')
    .description('print the last events; with --json a document per line')
    .option('-f, --follow', 'go on with what is appended, until interrupted')
    .option('-n, --lines <n>', 'how many of the last events', wholeNumber(0), 10)
    .option('--after <position>', 'all events after a position, in place of the last ones', position)
    .option('--limit <n>', 'end after as many events', wholeNumber(1))
    .option('--type <name>', 'only of this type; * at the end for any rest; may be repeated', several)
    .option('--category <name>', 'only of streams of this category; may be repeated', several)
    .option('--tenant <id>', 'only of this tenant')
    .option('--data', 'print payload and metadata, which may be personal')
    .action(host.action(tail));
}

async function tail(run: CommandRun, options: TailOptions) {
  const session = await run.open();
  const { type: types, category: categories, tenant: tenantId, follow = false } = options;
  const filter: FeedFilter = { types, categories, tenantId };
  const printer = new EventPrinter(run.terminal, run.json, options.data === true);
  let left = options.limit ?? Infinity;
  let after = await firstPosition(session, filter, options);
  while (!run.signal.aborted) {
    const page = await session.storage.readFeed({ after, limit: Math.min(PAGE_SIZE, left), filter });
    for (const event of page.events) printer.print(event);
    after = page.upTo;
    left -= page.events.length;
    if (left === 0) return EXIT.done;
    if (page.events.length === PAGE_SIZE) continue;
    if (!follow) break;
    await delay(POLL_INTERVAL_MS, undefined, { signal: run.signal }).catch(() => undefined);
  }
  if (follow || printer.count > 0) return EXIT.done;
  run.terminal.note('tidemark: no event matches.');
  return EXIT.notFound;
}

async function firstPosition({ storage, catalogue }: StoreSession, filter: FeedFilter, { after, lines }: TailOptions) {
  if (after !== undefined) return after;
  const { horizon } = await storage.horizon();
  return lines === 0 ? horizon : catalogue.positionBeforeLast(lines, horizon, filter);
}

const WIDTHS = { position: 9, recorded: 20, version: 6 };

/** Prints events as they come, so that the widths of columns are fixed. */
class EventPrinter {
  count = 0;

  constructor(
    private readonly terminal: Terminal,
    private readonly isJson: boolean,
    private readonly withData: boolean,
  ) {}

  print(event: StoredEvent): void {
    if (this.isJson) this.terminal.line(jsonOf(eventJson(event, this.withData)));
    else this.printLine(event);
    this.count += 1;
  }

  private printLine({ position: at, recordedAt, type, streamId, version, data, metadata }: StoredEvent): void {
    if (this.count === 0) {
      const head = this.columns('POSITION', 'RECORDED', 'TYPE', 'STREAM', 'VERSION');
      this.terminal.line(this.terminal.look('bold', head));
    }
    this.terminal.line(this.columns(String(at), timeOf(recordedAt), plain(type), plain(streamId), String(version)));
    if (!this.withData) return;
    this.terminal.line(`${' '.repeat(WIDTHS.position)}  data      ${plain(data)}`);
    this.terminal.line(`${' '.repeat(WIDTHS.position)}  metadata  ${plain(metadata)}`);
  }

  private columns(at: string, recorded: string, type: string, streamId: string, version: string): string {
    const left = this.terminal.width - WIDTHS.position - WIDTHS.recorded - WIDTHS.version - 1 - 4 * 2;
    const typeWidth = Math.floor(left * 0.25);
    const fields = [
      at.padStart(WIDTHS.position),
      recorded.padEnd(WIDTHS.recorded),
      shortened(type, typeWidth).padEnd(typeWidth),
      shortened(streamId, left - typeWidth, 'middle').padEnd(left - typeWidth),
      version.padStart(WIDTHS.version + 1),
    ];
    return fields.join('  ').trimEnd();
  }
}
