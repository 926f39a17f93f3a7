import { setTimeout as delay } from 'node:timers/promises';

const LONGEST_WAIT_MS = 30_000;

/** Measures how long partitions stand still whose owner is killed. */
export class FailoverWatch {
  maxSeconds = 0;
  measured = 0;
  problems = [];
  #database;

  constructor(database) {
    this.#database = database;
  }

  /** What each process owns now: its partitions by the pid in the owner's name. */
  async owned() {
    const rows = await this.#database.query(
      `select l.subscription, l.partition, l.epoch, l.owner, c.position
       from tidemark.leases l join tidemark.checkpoints c using (subscription, partition)
       where l.expires_at > clock_timestamp() and l.owner is not null`,
    );
    return Map.groupBy(rows, ({ owner }) => Number(owner.split('/').at(-2)));
  }

  /** Resolves when all these partitions have been moved by another owner since now. */
  async recovered(partitions, isDisturbed) {
    const startedAt = performance.now();
    const waiting = new Set(partitions);
    while (waiting.size > 0) {
      for (const before of waiting) if (await this.#hasMoved(before)) waiting.delete(before);
      if (isDisturbed()) return;
      const seconds = (performance.now() - startedAt) / 1000;
      if (waiting.size === 0) this.#record(seconds);
      else if (seconds * 1000 > LONGEST_WAIT_MS) return this.#giveUp(waiting);
      else await delay(25);
    }
  }

  /** Seconds until any checkpoint has moved from now on. */
  async resumed() {
    const startedAt = performance.now();
    const sum = async () =>
      (await this.#database.query('select sum(position) as sum from tidemark.checkpoints'))[0].sum;
    const before = await sum();
    while ((await sum()) === before) {
      if (performance.now() - startedAt > LONGEST_WAIT_MS) {
        this.problems.push(`nothing moved within ${LONGEST_WAIT_MS} ms after the database had come back`);
        break;
      }
      await delay(25);
    }
    return Number(((performance.now() - startedAt) / 1000).toFixed(2));
  }

  #record(seconds) {
    this.measured += 1;
    this.maxSeconds = Math.max(this.maxSeconds, seconds);
  }

  #giveUp(waiting) {
    const names = [...waiting].map(({ subscription, partition }) => `${subscription}/${partition}`).join(', ');
    this.problems.push(`nobody took ${names} on within ${LONGEST_WAIT_MS} ms after its owner was killed`);
  }

  async #hasMoved({ subscription, partition, epoch, position }) {
    const [row] = await this.#database.query(
      'select epoch, position from tidemark.checkpoints where subscription = $1 and partition = $2',
      [subscription, partition],
    );
    return BigInt(row.epoch) > BigInt(epoch) && BigInt(row.position) > BigInt(position);
  }
}
