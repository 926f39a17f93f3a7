import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { INestApplicationContext } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { TypeOrmModule } from '@nestjs/typeorm';
import {
  DomainEvent,
  EventSourcingModule,
  EventStorage,
  EventStore,
  On,
  Projection,
  type RecordedEvent,
  Subscriber,
  SubscriptionManager,
} from '@tidemark/event-sourcing';
import { LeaseStore } from '../../libs/event-sourcing/src/database/index.js';
import { DeadLetterStore } from '../../libs/event-sourcing/src/dead-letter-queue/index.js';
import { CheckpointStore } from '../../libs/event-sourcing/src/subscriptions/index.js';
import { AwaitPoints } from '../support/await-points.js';
import { eventually } from '../support/eventually.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

/** Nobody looks at the feed by himself within a test: what is delivered was delivered for a wake-up. */
const POLL_INTERVAL_MS = 60_000;
const SOON_MS = 30_000;

/** What the loop of a partition awaits; the heartbeat of its lease is a loop of its own and would come in between. */
const AWAITED = [
  [LeaseStore, ['acquire']],
  [CheckpointStore, ['claim', 'advance', 'fenced']],
  [EventStorage, ['readFeed', 'horizon']],
  [DeadLetterStore, ['blockedStreams', 'nextRedriving', 'park']],
] as const;

/** Points that must have been among them. */
const WANTED = ['before readFeed', 'after readFeed', 'before acquire', 'after claim', 'after advance'];

@DomainEvent('bell.rung')
class BellRung {
  constructor(readonly name: string) {}
}

const heard: string[] = [];

@Projection({ name: 'ears' })
class ProjectingEars {
  @On(BellRung)
  rung({ data }: RecordedEvent<BellRung>): void {
    heard.push(data.name);
  }
}

@Subscriber({ name: 'ears' })
class SubscribingEars {
  @On(BellRung)
  rung({ data }: RecordedEvent<BellRung>): void {
    heard.push(data.name);
  }
}

const FEATURES = {
  projection: { events: [BellRung], projections: [ProjectingEars] },
  subscriber: { events: [BellRung], subscribers: [SubscribingEars] },
};

describe.each(['memory', 'postgres'] as const)('with the store in %s', (store) => {
  let database: TestDatabase | undefined;
  let app: INestApplicationContext;

  beforeEach(async () => {
    heard.length = 0;
    database = store === 'postgres' ? await createTestDatabase() : undefined;
  });

  afterEach(async () => {
    await app.close();
    await database?.drop();
  });

  async function start(kind: keyof typeof FEATURES): Promise<void> {
    const subscriptions = { minPollIntervalMs: POLL_INTERVAL_MS, maxPollIntervalMs: POLL_INTERVAL_MS };
    const imports = [
      ...(database === undefined ? [] : [TypeOrmModule.forRoot({ type: 'postgres', url: database.url })]),
      EventSourcingModule.forRoot({ store, subscriptions }),
      EventSourcingModule.forFeature(FEATURES[kind]),
    ];
    const module = { module: class App {}, imports };
    app = await NestFactory.createApplicationContext(module, { logger: false, abortOnError: false });
  }

  it.each(['projection', 'subscriber'] as const)(
    'an event that is appended at any await point of the loop of a %s is delivered',
    async (kind) => {
      await start(kind);
      const [manager, events] = [app.get(SubscriptionManager), app.get(EventStore)];
      const points = new AwaitPoints(AWAITED.map(([port, methods]) => [app.get<object>(port), methods]));
      const ring = (name: string): Promise<unknown> => events.append(`bell-${name}`, [new BellRung(name)]);
      const isHeard = (name: string): Promise<boolean> => eventually(() => heard.includes(name), Boolean, SOON_MS);
      const resting = (): Promise<boolean> => eventually(() => points.isQuiet(), Boolean, SOON_MS);
      const rung: string[] = [];
      const passed: string[] = [];
      // Loops run side by side, so which point is the n-th differs from time to time: once more where one was left out.
      let isReached = true;
      for (let run = 0, nth = 1; isReached || !WANTED.every((point) => passed.includes(point)); run++) {
        expect(run).toBeLessThan(200);
        // From the taking of the partition to its rest at the head, with a page to be handled in between.
        await manager.stop();
        const [early, late, later] = [`${run}-before`, `${run}-at`, `${run}-resting`] as const;
        await ring(early);
        const reached = points.atThe(nth, () => ring(late));
        await manager.start();
        await isHeard(early);
        await resting();
        points.forget();
        isReached = reached.point !== undefined;
        rung.push(early, ...(isReached ? [late] : []), later);
        if (reached.point !== undefined) {
          passed.push(reached.point);
          await isHeard(late).catch(() => {
            throw new Error(
              `what was appended ${reached.point} (point ${nth}) was not delivered: ${passed.join(', ')}`,
            );
          });
          await resting();
        }
        await ring(later);
        await isHeard(later);
        await resting();
        nth = isReached ? nth + 1 : 1;
      }
      expect(heard).toEqual(rung);
    },
    240_000,
  );
});
