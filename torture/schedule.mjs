import { setTimeout as delay } from 'node:timers/promises';
import { DeadLetterQueue } from '@tidemark/event-sourcing';
import { Random } from './random.mjs';

const SIZES = [3, 2, 1, 3, 2, 1, 2];
const DECK = ['kill', 'freeze', 'scale', 'restart', 'kill', 'freeze', 'scale', 'redrive', 'kill', 'scale', 'freeze'];

/** A run as long as this has the database away for a minute, once. */
const LONG_RUN_SECONDS = 240;
const OUTAGE_MS = 60_000;

/** What is done to the workers and to the database, in an order and at times that the seed decides. */
export class Schedule {
  #parts;
  #random;
  #sizes = 0;
  /** Counts what makes a failover under measurement longer through no fault of the engine. */
  #disturbances = 0;
  #watches = [];
  /** From the return of the database after a minute until the read model went on; `undefined` in a short run. */
  resumedAfterSeconds;

  /** @param parts `{ seed, leaseTtlMs, fleet, database, failover, app, tell }` */
  constructor(parts) {
    this.#parts = parts;
    this.#random = new Random(parts.seed, 'schedule');
  }

  async run(seconds) {
    const { fleet, tell } = this.#parts;
    await this.#someoneAtWork();
    const until = performance.now() + seconds * 1000;
    // Even a short run does each of these once.
    const first = ['scale', ...this.#random.shuffled(['kill', 'freeze', 'restart', 'redrive'])];
    if (seconds >= LONG_RUN_SECONDS) first.push('outage');
    let deck = [];
    while (first.length > 0 || performance.now() < until) {
      if (deck.length === 0) deck = this.#random.shuffled(DECK);
      const action = first.shift() ?? deck.shift();
      await this.#someoneAtWork();
      tell(`${action} (${fleet.active.length} of ${fleet.size} at work)`);
      await this[action]();
      await delay(this.#random.between(100, 1_200));
    }
    await Promise.all(this.#watches);
  }

  async scale() {
    const { fleet } = this.#parts;
    this.#disturbances += 1;
    fleet.scaleTo(SIZES[this.#sizes++ % SIZES.length]);
    await delay(this.#random.between(500, 1_500));
  }

  async kill() {
    const { fleet, failover } = this.#parts;
    const [worker, partitions] = await this.#victim();
    this.#disturbances += 1;
    const disturbances = this.#disturbances;
    fleet.kill(worker);
    const watch = failover.recovered(partitions, () => this.#disturbances !== disturbances);
    // Awaited at the end; until then its failure must not end the process before it has cleaned up.
    watch.catch(() => undefined);
    this.#watches.push(watch);
    // Mostly one thing at a time, so that there is something to measure; and sometimes on top of each other.
    if (this.#random.chance(0.7)) await watch;
  }

  async freeze() {
    const { fleet, leaseTtlMs } = this.#parts;
    if (fleet.size < 2) fleet.scaleTo(2);
    this.#disturbances += 1;
    const [worker] = await this.#victim();
    fleet.freeze(worker);
    await delay(leaseTtlMs * (1.2 + this.#random.next()));
    worker.thaw();
  }

  async restart() {
    this.#disturbances += 1;
    await this.#parts.database.restart({ crash: this.#random.chance(0.5) });
  }

  /** The database away for a minute; measures how long it takes from its return until the read model goes on. */
  async outage() {
    const { database, failover, tell } = this.#parts;
    this.#disturbances += 1;
    await database.restart({ awayMs: OUTAGE_MS });
    this.resumedAfterSeconds = await failover.resumed();
    tell(`the read model went on ${this.resumedAfterSeconds} s after the database had been away for a minute`);
  }

  /** Heals the poison for a while and redrives all; what is poison after that is parked again. */
  async redrive() {
    const { database, app } = this.#parts;
    await database.query('update torture_switch set healed = $1', [this.#random.chance(0.7)]);
    await app.get(DeadLetterQueue).redrive('all');
    await delay(this.#random.between(300, 1_500));
    await database.query('update torture_switch set healed = false');
  }

  async #someoneAtWork() {
    while (this.#parts.fleet.active.length === 0) await delay(20);
  }

  /** A worker, rather one that owns something, and what it owns. */
  async #victim() {
    const { fleet, failover } = this.#parts;
    await this.#someoneAtWork();
    const owned = await failover.owned();
    const candidates = fleet.active;
    const owners = candidates.filter(({ pid }) => owned.has(pid));
    const worker = this.#random.pick(owners.length > 0 ? owners : candidates);
    return [worker, owned.get(worker.pid) ?? []];
  }
}
