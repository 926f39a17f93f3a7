import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { EventStore, NewEvent, SubscriptionManager } from '@tidemark/event-sourcing';
import { DataSource } from 'typeorm';
import { isAway } from './database.mjs';
import { Corrected, Entered } from './events.mjs';
import { Random } from './random.mjs';

const STREAMS = 40;
/** Poison comes up in these streams only, so that the others flow on. */
const POISONED_STREAMS = 4;
/** Positions that the projections may be behind before the writers slow down: what is never at the head proves little. */
const MOST_LAG = 400n;
class OnPurpose extends Error {}

/** Positions that they may be behind before nobody writes any more, until they have caught up a little. */
const TOO_MUCH_LAG = 2_000n;

/** Writes until told to stop, and keeps the ids of what was acknowledged, and of what was rolled back. */
export class Writers {
  acknowledged = new Set();
  withdrawn = new Set();
  transactions = 0;
  rolledBack = 0;
  /** Transactions that the database's restart broke off; they may be stored or not. */
  interrupted = 0;
  #store;
  #dataSource;
  #poisons;
  #running = true;
  #isLagging = false;
  #isTooMuch = false;
  #done;

  constructor(app, { writers, seed, poison }) {
    this.#poisons = poison;
    this.#store = app.get(EventStore);
    this.#dataSource = app.get(DataSource);
    const writing = Array.from({ length: writers }, (_, writer) => this.#write(new Random(seed, `writer-${writer}`)));
    this.#done = Promise.all([...writing, this.#watchLag(app.get(SubscriptionManager))]);
    this.#done.catch(() => undefined);
  }

  /** Rejects where a writer failed otherwise than by a restart or on purpose. */
  async stop() {
    this.#running = false;
    await this.#done;
  }

  async #write(random) {
    while (this.#running) {
      const ids = [];
      while (this.#isTooMuch && this.#running) await delay(100);
      try {
        await this.#turn(random, ids);
        this.transactions += 1;
        for (const id of ids) this.acknowledged.add(id);
      } catch (error) {
        await this.#note(error, ids);
      }
      await delay(random.between(5, 35) * (this.#isLagging ? 10 : 1));
    }
  }

  async #watchLag(subscriptions) {
    while (this.#running) {
      try {
        const all = await subscriptions.status();
        const [lag] = all.map(({ head, position = 0n }) => head - position).sort((a, b) => Number(b - a));
        this.#isLagging = lag > MOST_LAG;
        this.#isTooMuch = lag > TOO_MUCH_LAG;
      } catch (error) {
        if (!isAway(error)) throw error;
      }
      await delay(100);
    }
  }

  async #note(error, ids) {
    // Two appends of one transaction lock their streams in the order of the calls, which may well meet another's.
    const isDeadlock = (error.driverError ?? error).code === '40P01';
    if (error instanceof OnPurpose || isDeadlock) {
      this.rolledBack += 1;
      for (const id of ids) this.withdrawn.add(id);
      return;
    }
    if (!isAway(error)) throw error;
    this.interrupted += 1;
    await delay(100);
  }

  async #turn(random, ids) {
    const way = random.next();
    if (way < 0.3) return this.#store.append(streamOf(random), eventsOf(random, ids));
    if (way < 0.5) {
      const streams = new Set([streamOf(random), streamOf(random), streamOf(random)]);
      return this.#store.appendToStreams([...streams].map((streamId) => ({ streamId, events: eventsOf(random, ids) })));
    }
    // Half of the transactions here amount to 10 % of all that are rolled back.
    return this.#ownTransaction(random, ids, random.chance(0.2));
  }

  async #ownTransaction(random, ids, fails) {
    return this.#dataSource.transaction(async (manager) => {
      for (let append = random.between(1, 2); append > 0; append--) {
        const streamId = random.chance(this.#poisons ? 0.05 : 0) ? poisonedStreamOf(random) : streamOf(random);
        const poison = streamId.startsWith('poisoned-') && random.chance(0.25);
        await this.#store.append(streamId, eventsOf(random, ids, poison), { manager });
        if (random.chance(0.5)) await delay(random.between(1, 30));
      }
      if (fails) throw new OnPurpose('rolled back on purpose');
    });
  }
}

function streamOf(random) {
  return `stream-${random.between(1, STREAMS)}`;
}

function poisonedStreamOf(random) {
  return `poisoned-${random.between(1, POISONED_STREAMS)}`;
}

function eventsOf(random, ids, poison = false) {
  return Array.from({ length: random.between(1, 4) }, () => {
    const id = randomUUID();
    ids.push(id);
    const amount = random.between(-50, 100);
    const slowMs = random.chance(0.02) ? random.between(10, 60) : 0;
    return new NewEvent(random.chance(0.2) ? new Corrected(amount) : new Entered(amount, { poison, slowMs }), { id });
  });
}
