import { setTimeout as delay } from 'node:timers/promises';
import { Random } from '../random.mjs';

/** A worker is killed at a moment between its first partition and this. */
const LONGEST_LIFE_MS = 800;
/** One that gets no partition is killed all the same, and some before they may have got one. */
const LONGEST_WAIT_MS = 5_000;

const LOOK = `
  select
    exists (select from tidemark.leases where owner like '%/' || $1 || '/%' and expires_at > clock_timestamp()) as "isOwner",
    exists (select from pg_stat_activity where application_name = $2 and (state = 'idle in transaction'
      or state = 'active' and xact_start < query_start)) as "isInTransaction"`;

/** Kills each worker that is handed to it, at a random moment of its work, until there were enough. */
export class WorkerKills {
  done = 0;
  /** Of those, who owned a partition. */
  ofOwners = 0;
  /** Of those, who were in the middle of a transaction. By a look just before; the signal takes a moment longer. */
  inTransaction = 0;
  #wanted;
  #fleet;
  #client;
  #random;
  #tell;
  #enough = Promise.withResolvers();

  /** @param parts `{ wanted, seed, fleet, client, tell }` */
  constructor({ wanted, seed, fleet, client, tell }) {
    this.#wanted = wanted;
    this.#fleet = fleet;
    this.#client = client;
    this.#random = new Random(seed, 'worker-kills');
    this.#tell = tell;
  }

  /** Resolves when there were enough; rejects where one could not be killed. */
  get enough() {
    return this.#enough.promise;
  }

  take(worker) {
    const waitMs = this.#random.chance(0.8) ? LONGEST_WAIT_MS : 0;
    this.#hunt(worker, waitMs, this.#random.between(0, LONGEST_LIFE_MS)).catch(this.#enough.reject);
  }

  async #hunt(worker, waitMs, lifeMs) {
    await Promise.race([worker.ready, worker.exited]);
    await Promise.race([worker.atWork, delay(waitMs)]);
    await delay(lifeMs);
    const { rows } = await this.#client.query(LOOK, [String(worker.pid), `torture-worker-${worker.pid}`]);
    if (!worker.isAlive || !worker.isReady || this.done >= this.#wanted) return;
    this.#fleet.kill(worker);
    this.done += 1;
    this.ofOwners += Number(rows[0].isOwner);
    this.inTransaction += Number(rows[0].isInTransaction);
    if (this.done % 20 === 0) this.#tell(`${this.done} of ${this.#wanted} workers killed`);
    if (this.done >= this.#wanted) this.#enough.resolve();
  }
}
