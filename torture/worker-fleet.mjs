import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { WorkerProcess } from './worker-process.mjs';

/** How long a worker may take to stop. */
const STOP_WITHIN_MS = 40_000;

const DATABASE_AWAY = /code: '(57P0\d|ECONN\w+)'|Connection terminated/;

/** Keeps as many workers alive as wanted, as an orchestrator does: one that dies is followed by a new one. */
export class WorkerFleet {
  kills = 0;
  freezes = 0;
  rebalances = 0;
  /** What workers did that nobody told them to. */
  problems = [];
  /** Told of each worker that is started. */
  onHired = () => undefined;
  #wanted = 0;
  #members = new Set();
  #parts;
  #tell;
  #cache = mkdtempSync(join(tmpdir(), 'tidemark-torture-cache-'));
  #departures = [];

  constructor({ url, leaseTtlMs, batchSize, broken }, tell) {
    this.#parts = { url, leaseTtlMs, batchSize, broken, cache: this.#cache };
    this.#tell = tell;
  }

  /** Workers that are at work. */
  get active() {
    return [...this.#members].filter((worker) => worker.isAlive && worker.isReady && !worker.isFrozen);
  }

  get size() {
    return this.#wanted;
  }

  scaleTo(count) {
    if (this.#wanted > 0) this.rebalances += 1;
    this.#wanted = count;
    const living = [...this.#members].filter((worker) => worker.isAlive);
    for (const worker of living.slice(count)) this.#departures.push(this.#dismiss(worker));
    this.#fill();
  }

  kill(worker) {
    this.kills += 1;
    worker.kill();
  }

  freeze(worker) {
    this.freezes += 1;
    worker.freeze();
  }

  thawAll() {
    for (const worker of this.#members) if (worker.isFrozen && worker.end === undefined) worker.thaw();
  }

  /** Stops all and waits for it; those that were dismissed before included. */
  async stop() {
    this.#wanted = 0;
    for (const worker of this.#members) if (worker.isAlive) this.#departures.push(this.#dismiss(worker));
    await Promise.all(this.#departures);
  }

  /** Ends whoever is left, at once. */
  destroy() {
    this.#wanted = 0;
    for (const worker of this.#members) worker.kill();
    rmSync(this.#cache, { recursive: true, force: true, maxRetries: 10 });
  }

  async #dismiss(worker) {
    const end = await worker.stop(STOP_WITHIN_MS);
    // One that had not come up yet has nothing to give back.
    const isFine = end === 0 || (!worker.isReady && end === 'SIGTERM');
    if (!isFine) this.problems.push(`worker ${worker.pid} was told to stop and ended with ${end}:\n${worker.output}`);
  }

  #noteAccident(worker, end) {
    this.#tell(`worker ${worker.pid} ended with ${end} by itself`);
    // As any application: one that starts while its database goes down does not come up, and is started again.
    if (!worker.isReady && DATABASE_AWAY.test(worker.output)) return;
    this.problems.push(`worker ${worker.pid} ended with ${end} by itself:\n${worker.output}`);
  }

  #fill() {
    const missing = this.#wanted - [...this.#members].filter((worker) => worker.isAlive).length;
    for (let count = 0; count < missing; count++) this.#hire();
  }

  #hire() {
    const worker = new WorkerProcess(this.#parts);
    this.#members.add(worker);
    this.onHired(worker);
    worker.exited.then((end) => {
      this.#members.delete(worker);
      if (!worker.isLeaving) this.#noteAccident(worker, end);
      this.#fill();
    });
  }
}
