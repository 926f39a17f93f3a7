import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { startEmbeddedPostgres } from '@tidemark/embedded-postgres';
import pg from 'pg';
import { READ_MODEL } from './read-model.mjs';

/** An embedded server on a folder of its own, which can be restarted under those who use it. */
export class TortureDatabase {
  restarts = 0;
  #parent = mkdtempSync(join(tmpdir(), 'tidemark-torture-'));
  #server;

  get url() {
    return this.#server.url;
  }

  async start() {
    // For the server's own user, where this runs as root.
    chmodSync(this.#parent, 0o711);
    await this.#launch(0);
    const client = await this.connect();
    await client.query(READ_MODEL);
    await client.end();
  }

  /**
   * Shuts the server down under its clients, as in a crash where `crash` says so, and starts it again at the same address
   * after `awayMs`.
   */
  async restart({ crash = false, awayMs = 0 } = {}) {
    const { port, pid } = this.#server;
    if (crash) process.kill(pid, 'SIGQUIT');
    await this.#server.stop();
    await delay(awayMs);
    await this.#launch(port);
    this.restarts += 1;
  }

  /** Rows of a statement, on a connection of its own; tried again while the server is away. */
  async query(text, values = [], attempts = 1_000) {
    let client;
    try {
      client = await this.connect();
      return (await client.query(text, values)).rows;
    } catch (error) {
      if (attempts <= 1 || !isAway(error)) throw error;
    } finally {
      await client?.end().catch(() => undefined);
    }
    await delay(100);
    return this.query(text, values, attempts - 1);
  }

  async stop() {
    await this.#server?.stop();
    rmSync(this.#parent, { recursive: true, force: true, maxRetries: 10 });
  }

  async #launch(port) {
    // Safe against the end of any process, which is all that happens here.
    const settings = { max_connections: 200 };
    this.#server = await startEmbeddedPostgres({ dataDir: join(this.#parent, 'data'), port, durable: false, settings });
  }

  /** A connection of its own; whoever asks for it ends it. */
  async connect() {
    const client = new pg.Client({ connectionString: this.url });
    client.on('error', () => undefined);
    await client.connect();
    return client;
  }
}

/** Whether an error says that the server is away, going or coming, or that it broke the connection. */
export function isAway(error) {
  const chain = [error, error?.cause, error?.driverError, ...(error?.errors ?? [])];
  return chain.some((one) => {
    const code = String(one?.code ?? '');
    if (/^(ECONN|EPIPE|57P0|08|CONNECTION_LOST)/.test(code)) return true;
    return /terminated|timeout exceeded|not queryable|QueryRunnerAlreadyReleased/i.test(`${one?.name} ${one?.message}`);
  });
}
