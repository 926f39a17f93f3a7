import pg from 'pg';

/** Connections that each contestant may have. */
export const POOL_SIZE = 10;

/** What a row of the benchmark works with; closes what the row opened, in reverse order. */
export class RowContext {
  #closers = [];

  /** `size`: the row's own sizes of this run. `limits`: of its rounds. `growth`: greatest history. */
  constructor({ server, size, limits, growth, tell }) {
    Object.assign(this, { server, size, limits, growth, tell });
  }

  /** An empty database of this row, dropped with it. */
  async database(label) {
    const url = await this.server.createDatabase(label);
    this.onClose(() => this.server.dropDatabase(url));
    return url;
  }

  /** A pool as all contestants have it. */
  pool(url, max = POOL_SIZE) {
    const pool = new pg.Pool({ connectionString: url, max });
    // A database that is dropped under an idle connection, when the run is interrupted.
    pool.on('error', () => undefined);
    this.onClose(() => pool.end());
    return pool;
  }

  onClose(closer) {
    this.#closers.push(closer);
  }

  async close() {
    for (const closer of this.#closers.splice(0).reverse()) await closer();
  }
}
