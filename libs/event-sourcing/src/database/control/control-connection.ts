import pg, { type QueryConfig } from 'pg';
import { fullJitterMs, Runner } from '../../core/index.js';
import { FactLog } from '../../logging/index.js';
import {
  CONTROL_CONNECTION_BACK,
  CONTROL_CONNECTION_LOST,
  CONTROL_CONNECTION_UNAVAILABLE,
  NOTIFICATIONS_OFF,
} from '../database.facts.js';
import { ControlConnectionError } from '../errors.js';
import type { SqlStatement } from '../sql-statement.js';
import { isConnectionError } from '../sqlstate.js';
import type { StatementCompiler } from '../statement-compiler.js';
import { endClient, within } from './client-end.js';

/** How long the server may take to answer one statement before the connection counts as dead, in milliseconds. */
const ANSWER_TIMEOUT_MS = 2_000;

/** How long a statement waits for a connection, all tries together, in milliseconds. */
const PATIENCE_MS = 4_000;

const FIRST_REST_MS = 50;
const LONGEST_REST_MS = 3_000;

/** A channel to listen on. */
export interface Listening {
  readonly channel: string;
  readonly onMessage: (payload: string) => void;
  /** From now on messages arrive; some may have been missed before. */
  readonly onListening: () => void;
}

// Missing from the types of `pg`: whether the connection keeps the process alive.
type Client = pg.Client & { ref(): void; unref(): void };

/**
 * One connection of this process beside the pool, for what must get through however busy the pool is: heartbeats and
 * notifications. Opened when first needed; when it breaks it is opened again, with growing rests, until it is closed. Its
 * statements must bear being repeated: one whose answer got lost is sent once more. By itself it keeps no process alive.
 */
export class ControlConnection {
  private readonly log = new FactLog();
  private readonly openListeners = new Set<() => void>();
  private client: Client | undefined;
  private opened = Promise.withResolvers<void>();
  private readonly answering = new Set<Promise<unknown>>();
  private listening: Listening | undefined;
  private failures = 0;
  private lastError: unknown;
  private closed = false;
  private readonly healer: Runner;

  /** @param settings what `pg.Client` takes, asked anew for each connection; untyped, so that our declarations need no types of `pg`. */
  constructor(
    private readonly settings: () => object,
    private readonly statements: StatementCompiler,
  ) {
    this.healer = new Runner({
      name: 'control connection',
      turn: async (signal) => {
        await this.open(signal);
        void this.healer.stop();
        return 0;
      },
      onError: (error) => this.failed(error),
    });
  }

  /** Runs a statement and gives its rows. Throws `ControlConnectionError` where there is no connection within seconds. */
  async query<Row extends object>(statement: SqlStatement, values: readonly unknown[] = []): Promise<Row[]> {
    return (await this.run(this.statements.compile(statement, values))) as Row[];
  }

  /** Listens on a channel from now on, after each loss of the connection again. */
  listen(listening: Listening): void {
    this.listening = listening;
    this.run({ text: listenText(listening) }).then(listening.onListening, (error: unknown) =>
      this.log.write(NOTIFICATIONS_OFF, { channel: listening.channel, error }),
    );
  }

  /** Calls back each time that a connection has been opened. */
  onOpen(listener: () => void): void {
    this.openListeners.add(listener);
  }

  /** Ends the connection for good; what still waits for it fails. */
  async close(): Promise<void> {
    if (this.closed) return;
    this.closed = true;
    await this.healer.stop();
    this.opened.promise.catch(() => undefined);
    this.opened.reject(new ControlConnectionError('it was closed'));
    await Promise.allSettled(this.answering);
    const { client } = this;
    this.client = undefined;
    if (client !== undefined) await endClient(client);
  }

  private async run(config: QueryConfig): Promise<object[]> {
    const giveUpAt = performance.now() + PATIENCE_MS;
    try {
      return await this.answerOf(await this.connected(giveUpAt), config);
    } catch (error) {
      if (this.closed || !isConnectionError(error) || performance.now() >= giveUpAt) throw error;
      return this.answerOf(await this.connected(giveUpAt), config);
    }
  }

  private async answerOf(client: Client, config: QueryConfig): Promise<object[]> {
    const answer = within(ANSWER_TIMEOUT_MS, client.query<object>(config), unanswered);
    this.answering.add(answer);
    client.ref();
    try {
      return (await answer).rows;
    } catch (error) {
      if (isConnectionError(error)) this.lost(client, error);
      throw error;
    } finally {
      this.answering.delete(answer);
      if (this.answering.size === 0) this.client?.unref();
    }
  }

  private async connected(giveUpAt: number): Promise<Client> {
    if (this.closed) throw new ControlConnectionError('it was closed');
    if (this.client === undefined) {
      this.healer.start();
      await within(Math.max(0, giveUpAt - performance.now()), this.opened.promise, () => {
        return new ControlConnectionError('it cannot be opened', this.lastError);
      });
    }
    return this.client ?? this.connected(giveUpAt);
  }

  private async open(signal: AbortSignal): Promise<void> {
    if (this.client !== undefined) return;
    const client = new pg.Client(this.settings()) as Client;
    const broken = Promise.withResolvers<never>();
    broken.promise.catch((error: unknown) => this.lost(client, error));
    client.on('error', broken.reject);
    client.on('end', () => broken.reject(new ControlConnectionError('the server ended it')));
    client.on('notification', ({ channel, payload = '' }) => {
      if (channel === this.listening?.channel) this.listening.onMessage(payload);
    });
    try {
      await Promise.race([this.prepare(client), broken.promise]);
    } catch (error) {
      await endClient(client);
      throw error;
    }
    if (signal.aborted) return endClient(client);
    this.adopt(client);
  }

  private async prepare(client: Client): Promise<void> {
    await client.connect();
    if (this.listening === undefined) return;
    try {
      await within(ANSWER_TIMEOUT_MS, client.query(listenText(this.listening)), unanswered);
    } catch (error) {
      if (isConnectionError(error)) throw error;
      this.log.write(NOTIFICATIONS_OFF, { channel: this.listening.channel, error });
    }
  }

  private adopt(client: Client): void {
    client.unref();
    this.client = client;
    if (this.failures > 0) this.log.write(CONTROL_CONNECTION_BACK, {});
    this.failures = 0;
    this.opened.resolve();
    this.listening?.onListening();
    for (const listener of this.openListeners) listener();
  }

  private failed(error: unknown): number {
    this.lastError = error;
    this.failures += 1;
    if (this.failures === 1) this.log.write(CONTROL_CONNECTION_UNAVAILABLE, { error });
    return fullJitterMs(this.failures, FIRST_REST_MS, LONGEST_REST_MS);
  }

  private lost(client: Client, error: unknown): void {
    if (this.client !== client) return;
    this.client = undefined;
    this.opened = Promise.withResolvers();
    void endClient(client);
    if (this.closed) return;
    this.lastError = error;
    this.failures = 1;
    this.log.write(CONTROL_CONNECTION_LOST, { error });
    this.healer.start();
  }
}

function unanswered(): Error {
  return new ControlConnectionError(`the server has not answered for ${ANSWER_TIMEOUT_MS} ms`);
}

function listenText({ channel }: Listening): string {
  return `listen ${pg.escapeIdentifier(channel)}`;
}
