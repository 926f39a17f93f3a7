import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEmbeddedPostgres } from '@tidemark/embedded-postgres';
import pg from 'pg';

/** Of the embedded server; all else is as it comes, durable. */
const SETTINGS = { max_connections: 300 };

/** The server that all contestants share, with a database for each; drops in the end what it made. */
export class BenchServer {
  #databases = new Set();
  #made = 0;
  #embedded;
  #folder;

  constructor(url) {
    this.url = url;
  }

  /** Starts an embedded server where no address was given. */
  async open() {
    if (this.url !== undefined) return;
    this.#folder = mkdtempSync(join(tmpdir(), 'tidemark-bench-'));
    // For the server's own user, where this runs as root.
    chmodSync(this.#folder, 0o711);
    this.#embedded = await startEmbeddedPostgres({ dataDir: join(this.#folder, 'data'), settings: SETTINGS });
    this.url = this.#embedded.url;
  }

  get isEmbedded() {
    return this.#embedded !== undefined;
  }

  /** A new, empty database; gives its address. */
  async createDatabase(label) {
    const name = `tidemark_bench_${process.pid}_${++this.#made}_${label.replace(/\W+/g, '_')}`.slice(0, 63);
    // Before it is there: whoever is interrupted now has to drop it as well.
    this.#databases.add(name);
    await this.query(`create database "${name}"`);
    const url = new URL(this.url);
    url.pathname = `/${name}`;
    return url.href;
  }

  async dropDatabase(url) {
    const name = new URL(url).pathname.slice(1);
    await this.query(`drop database if exists "${name}" with (force)`);
    this.#databases.delete(name);
  }

  /** Rows of a statement, on a connection of its own; to the server's own database unless another is named. */
  async query(text, values = [], url = this.url) {
    const client = new pg.Client({ connectionString: url });
    client.on('error', () => undefined);
    await client.connect();
    try {
      return (await client.query(text, values)).rows;
    } finally {
      await client.end();
    }
  }

  async close() {
    try {
      if (this.#embedded) return await this.#embedded.stop();
      for (const name of this.#databases) await this.query(`drop database if exists "${name}" with (force)`);
    } finally {
      if (this.#folder) rmSync(this.#folder, { recursive: true, force: true, maxRetries: 10 });
    }
  }
}
