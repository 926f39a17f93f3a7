import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { FeedPageQuery } from '../../libs/event-sourcing/src/event-store/index.js';
import type {
  SubscriptionDefinition,
  SubscriptionsOptions,
} from '../../libs/event-sourcing/src/subscriptions/index.js';
import { countedProjection, createEngine, type Engine } from '../support/engine.js';
import { eventually } from '../support/eventually.js';
import { Counted } from '../support/postgres-store.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

describe('the feed of a process', () => {
  let database: TestDatabase;
  let engines: Engine[];

  beforeEach(async () => {
    engines = [];
    database = await createTestDatabase();
  });

  afterEach(async () => {
    await Promise.all(engines.map(({ manager }) => manager.stop()));
    await database.drop();
  });

  async function run(definitions: readonly SubscriptionDefinition[], options: SubscriptionsOptions): Promise<Engine> {
    const engine = createEngine(await database.connect({ poolSize: 20 }), definitions, options);
    engines.push(engine);
    return engine;
  }

  /** Counts the pages that the engine reads, and the events that they bring. */
  function watchReads({ storage }: Engine): { pages: number; events: number } {
    const reads = { pages: 0, events: 0 };
    const readFeed = storage.readFeed.bind(storage);
    storage.readFeed = async (query: FeedPageQuery) => {
      reads.pages += 1;
      const page = await readFeed(query);
      reads.events += page.events.length;
      return page;
    };
    return reads;
  }

  it('is read once for all who stand at its head', async () => {
    const seen: string[][] = Array.from({ length: 16 }, () => []);
    const definitions = seen.map((ids, n) => countedProjection(async ({ id }) => void ids.push(id), `reader-${n}`));
    const one = await run(definitions, { minPollIntervalMs: 1_000, maxPollIntervalMs: 60_000, maxRetries: 0 });
    const reads = watchReads(one);
    await one.manager.start();
    const { position } = await one.store.append('count-0', [new Counted(0, 0)]);
    const allAt = (at: bigint): Promise<unknown> =>
      Promise.all(definitions.map(({ name }) => one.manager.waitFor(at, { subscription: name, timeoutMs: 60_000 })));
    await allAt(position);
    const before = reads.pages;
    const appends = 30;
    for (let n = 1; n <= appends; n++) {
      const { position: at } = await one.store.append('count-0', [new Counted(0, n)]);
      await allAt(at);
    }
    // One that finds the event, and one that finds nothing more; by himself each of the 16 would read twice as well.
    expect(reads.pages - before).toBeLessThanOrEqual(3 * appends);
    for (const ids of seen) expect(ids).toHaveLength(appends + 1);
  }, 240_000);

  it('never has more events out of it than maxInFlight, however many partitions there are', async () => {
    const gate = Promise.withResolvers<void>();
    let handling = 0;
    const seen = new Set<string>();
    const projection = countedProjection(async ({ id }) => {
      handling += 1;
      await gate.promise;
      expect(seen.has(id)).toBe(false);
      seen.add(id);
    });
    const one = await run([{ ...projection, partitions: 4 }], { batchSize: 20, maxInFlight: 50, maxRetries: 0 });
    const events = Array.from({ length: 50 }, (_, n) => new Counted(0, n));
    let last = 0n;
    for (let stream = 0; stream < 12; stream++) {
      last = (await one.store.append(`count-${stream}`, events)).position;
    }
    const reads = watchReads(one);
    await one.manager.start();
    // Two partitions have a page and one ahead; the others wait for their turn.
    await eventually(() => handling >= 2 && reads.events >= 50);
    for (let looks = 0; looks < 200; looks++) await eventually(() => true);
    expect(reads.events).toBe(50);
    gate.resolve();
    await one.manager.waitFor(last, { subscription: 'counted', timeoutMs: 60_000 });
    expect(seen.size).toBe(600);
  }, 240_000);

  it('is read ahead while a page is handled', async () => {
    const gate = Promise.withResolvers<void>();
    let handled = 0;
    const projection = countedProjection(async () => {
      handled += 1;
      await gate.promise;
    });
    const one = await run([projection], { batchSize: 10, maxInFlight: 100 });
    const events = Array.from({ length: 30 }, (_, n) => new Counted(0, n));
    const { position } = await one.store.append('count-0', events);
    const reads = watchReads(one);
    await one.manager.start();
    await eventually(() => reads.events === 20 && handled === 1);
    gate.resolve();
    await one.manager.waitFor(position, { subscription: 'counted' });
    expect([handled, reads.events]).toEqual([30, 30]);
  });
});
