import { isDeepStrictEqual } from 'node:util';
import type { DataSource, EntityManager } from 'typeorm';
import { textOf } from '../expectation/event-text.js';
import { NewEvent } from '../../core/index.js';
import { CallSite } from '../expectation/expectation-error.js';
import {
  type ExpectedFailure,
  isExpectedFailure,
  textOfError,
  textOfFailure,
} from '../expectation/expected-failure.js';
import { refuseAwait } from '../expectation/forgotten-expectation.js';
import { plain } from './plain-rows.js';
import type { HandlerFault } from './projection-engine.js';
import { type GivenStream, ProjectionRun, type Rows } from './projection-run.js';

/** A projection whose read model is in memory; a test makes a new one of each. */
export interface InMemoryProjectionSpecOptions<Row> {
  /** The instance, made as the app would make it. */
  readonly projection: object;
  /** What is compared. */
  readonly rows: () => Rows<Row>;
  readonly dataSource?: undefined;
  /** How long the events may take, in milliseconds. @default 30000 */
  readonly timeoutMs?: number;
}

/** A projection whose read model is in PostgreSQL. */
export interface PostgresProjectionSpecOptions<Row> {
  /** The instance, made as the app would make it. */
  readonly projection: object;
  /** Connected to a database for tests, in which the read model has its tables. The role must be allowed to create schemas. */
  readonly dataSource: DataSource;
  /** What is compared: a query, or what a function reads. Give it an order. */
  readonly rows: string | ((manager: EntityManager) => Rows<Row>);
  /** Empties the read model before each run. @default the projection's own `reset` */
  readonly reset?: (manager: EntityManager) => unknown;
  /** How long the events may take, in milliseconds. @default 30000 */
  readonly timeoutMs?: number;
}

/** A stream, by its id, or with the tenant that it belongs to. */
export type SpecStream = string | { readonly streamId: string; readonly tenantId?: string };

/** Checks what a projection makes of events, run by the engine as in the app: filters, batches, transaction and checkpoint. */
export function projectionSpec<Row>(options: InMemoryProjectionSpecOptions<Row>): ProjectionSpec<Row>;
export function projectionSpec<Row = Record<string, unknown>>(
  options: PostgresProjectionSpecOptions<Row>,
): ProjectionSpec<Row>;
export function projectionSpec<Row>(
  options: InMemoryProjectionSpecOptions<Row> | PostgresProjectionSpecOptions<Row>,
): ProjectionSpec<Row> {
  return new ProjectionSpec(new ProjectionRun<Row>(options), []);
}

/** Events, and what is expected of them. Each expectation begins with an empty read model and store. */
export class ProjectionSpec<Row> {
  /** @param run also of the specs that are made of this one. */
  constructor(
    private readonly run: ProjectionRun<Row>,
    private readonly streams: readonly GivenStream[],
  ) {}

  /** This spec with further events, bare or as `NewEvent`, at the end of a stream and of the feed. */
  given(stream: SpecStream, ...events: readonly object[]): ProjectionSpec<Row> {
    const { streamId, tenantId } = typeof stream === 'string' ? { streamId: stream } : stream;
    return new ProjectionSpec(this.run, [...this.streams, { streamId, tenantId, events }]);
  }

  /**
   * The read model then holds these rows, in this order. Entities are compared by their fields, and a field that is `undefined`
   * counts as absent. Rejects with an `AssertionError` that says what was given, expected and seen.
   */
  async then(expected: readonly Row[], ...awaited: readonly never[]): Promise<void> {
    if (typeof expected === 'function') return refuseAwait(awaited);
    const site = new CallSite(this.then);
    const seen = await this.run.run(this.streams);
    const text = `${this.text()}expected\n${linesOf(expected)}\n`;
    if ('fault' in seen) {
      const { error } = seen.fault;
      throw site.unmet({ message: `${text}but ${textOfFault(seen.fault)}`, actual: error, expected, cause: error });
    }
    const [actual, wanted] = [plain(seen.rows), plain(expected)];
    if (isDeepStrictEqual(actual, wanted)) return;
    throw site.unmet({ message: `${text}but saw\n${linesOf(actual as Row[])}`, actual, expected: wanted });
  }

  /** A handler fails on one of the events with this error. */
  async thenFails(expected: ExpectedFailure): Promise<void> {
    const site = new CallSite(this.thenFails);
    const seen = await this.run.run(this.streams);
    const text = `${this.text()}expected\n  ${textOfFailure(expected)}\n`;
    if ('rows' in seen)
      throw site.unmet({ message: `${text}but saw\n${linesOf(seen.rows)}`, actual: seen.rows, expected });
    const { error } = seen.fault;
    if (isExpectedFailure(error, expected)) return;
    throw site.unmet({ message: `${text}but ${textOfFault(seen.fault)}`, actual: error, expected, cause: error });
  }

  private text(): string {
    const given = this.streams.flatMap(({ streamId, events }) =>
      events.map((event) => `  ${streamId}: ${textOf(event instanceof NewEvent ? event.data : event)}\n`),
    );
    return `Given to '${this.run.name}'\n${given.join('') || '  nothing\n'}`;
  }
}

function linesOf(rows: readonly unknown[]): string {
  return rows.length === 0 ? '  no rows' : rows.map((row) => `  ${textOf(row)}`).join('\n');
}

function textOfFault({ error, eventType, streamId, position }: HandlerFault): string {
  const where = eventType === undefined ? '' : ` on '${eventType}' of '${streamId}' (position ${position})`;
  return `it failed${where} with\n  ${textOfError(error)}`;
}
