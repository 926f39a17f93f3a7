import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { getDataSourceToken } from '@nestjs/typeorm';
import { NewEvent } from '@tidemark/event-sourcing';
import type { DataSource } from 'typeorm';
import type pg from 'pg';
import { eventually } from '../support/eventually.js';
import {
  noteSeen,
  type ObservedApp,
  SEEN_TABLE,
  seenBy,
  startObservedApp,
  subscriptionOf,
} from '../support/observed-app.js';
import { Counted } from '../support/postgres-store.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

const STREAMS = 5;
const EVENTS = 150;

describe('connections that are cut again and again, under load', () => {
  let database: TestDatabase;
  let client: pg.Client;
  let one: ObservedApp;
  let done: string[];

  beforeEach(async () => {
    done = [];
    database = await createTestDatabase();
    client = await database.client();
    await client.query(SEEN_TABLE);
    const projection = subscriptionOf('projection', 'victim', Counted, (event, context) =>
      noteSeen(context!.manager, 'victim', event),
    );
    const subscriber = subscriptionOf('subscriber', 'mails', Counted, async ({ streamId, version }) => {
      done.push(`${streamId}@${version}`);
    });
    one = await startObservedApp({
      url: database.url,
      events: [Counted],
      projections: [projection],
      subscribers: [subscriber],
      // One try charged to an event would park it.
      subscriptions: { maxRetries: 0, batchSize: 7, leaseTtlMs: 1_000 },
    });
  });

  afterEach(async () => {
    await one.app.close();
    await client.end();
    await database.drop();
  });

  /** Cuts every connection but its own. */
  async function cut(): Promise<void> {
    await client.query(
      'select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()',
    );
  }

  /** Appends as one does whose acknowledgement may be lost: the same event, until it is acknowledged. */
  async function append(n: number): Promise<bigint> {
    const event = new NewEvent(new Counted(0, n), { id: randomUUID() });
    const outcome = await eventually(() => one.store.append(`s-${n % STREAMS}`, [event]).catch(() => undefined));
    return outcome!.position;
  }

  it('park no event, lose none, and handle none twice in a projection', async () => {
    await one.manager.start();
    const load = { isOver: false };
    let cuts = 0;
    const cutting = (async () => {
      for (; !load.isOver; cuts += 1) {
        const before = done.length;
        await cut();
        await eventually(() => load.isOver || done.length > before);
      }
    })();
    let last = 0n;
    for (let n = 0; n < EVENTS; n++) last = await append(n);
    load.isOver = true;
    await cutting;
    for (const subscription of ['victim', 'mails']) {
      // The pool may still hold a connection that has been cut.
      await eventually(() =>
        one.manager.waitFor(last, { subscription }).then(
          () => true,
          () => false,
        ),
      );
    }

    expect(cuts).toBeGreaterThan(10);
    expect(one.failed.length).toBeGreaterThan(10);
    // With the messages, so that a failure tells what was not seen for what it is.
    const charged = one.told.filter(({ category }) => category !== 'infrastructure');
    expect(charged.map(({ error, eventId }) => [String(error), eventId])).toEqual([]);
    expect(await one.letters()).toEqual([]);
    const { victim, mails } = one.manager.getErrorStats().subscriptions;
    expect(Number(victim?.totalErrors) + Number(mails?.totalErrors)).toBe(one.told.length);
    const all = Array.from({ length: EVENTS }, (_, n) => `s-${n % STREAMS}@${Math.floor(n / STREAMS) + 1}`);
    const seen = await seenBy(one.app.get<DataSource>(getDataSourceToken()), 'victim');
    expect(seen).toEqual(all);
    expect([...new Set(done)].sort()).toEqual([...all].sort());
  }, 240_000);
});
