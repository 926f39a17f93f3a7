import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { getDataSourceToken } from '@nestjs/typeorm';
import { DomainEvent, type RecordedEvent } from '@tidemark/event-sourcing';
import type { DataSource } from 'typeorm';
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

function raise(thrown: unknown): never {
  throw thrown;
}

const NO_TEXT = 'something that has no text was thrown';

/** What a handler may throw, and what is told of it. */
const THROWN: Readonly<Record<string, readonly [thrown: () => unknown, errorClass: string, message: string]>> = {
  'a text': [() => 'no such address', 'string', 'no such address'],
  nothing: [() => undefined, 'undefined', 'undefined'],
  null: [() => null, 'object', 'null'],
  'an object without a prototype': [() => Object.create(null) as unknown, 'object', NO_TEXT],
  'a symbol': [() => Symbol('odd'), 'symbol', 'Symbol(odd)'],
  'a function': [() => raise, 'function', String(raise)],
  'an error whose fields cannot be read': [
    () => new Proxy(new Error('no'), { get: () => raise(new Error('unreadable')) }),
    'Error',
    NO_TEXT,
  ],
  'an error whose message is no text': [
    () => Object.assign(new RangeError(), { message: { a: 1 } }),
    'RangeError',
    '[object Object]',
  ],
  'an error whose stack is no text': [() => Object.assign(new RangeError('no'), { stack: 7 }), 'RangeError', 'no'],
  'an error with text that no database takes': [() => new RangeError('\u0000 \ud800'), 'RangeError', '\ufffd \ufffd'],
  'an error whose code is no text': [() => Object.assign(new RangeError('no'), { code: {} }), 'RangeError', 'no'],
  'a frozen error that is its own cause': [() => selfCaused(), 'RangeError', 'no'],
};

function selfCaused(): Error {
  const error = new RangeError('no');
  error.cause = error;
  return Object.freeze(error);
}

describe('whatever a handler throws', () => {
  let database: TestDatabase;
  let dataSource: DataSource;
  let one: ObservedApp;
  let broken: boolean;
  const unhandled = jest.fn();

  beforeEach(async () => {
    broken = true;
    process.on('unhandledRejection', unhandled);
    database = await createTestDatabase();
    const client = await database.client();
    await client.query(SEEN_TABLE);
    await client.end();
  });

  afterEach(async () => {
    await one.app.close();
    await database.drop();
    process.off('unhandledRejection', unhandled);
    expect(unhandled).not.toHaveBeenCalled();
  });

  async function start(kind: 'projection' | 'subscriber', how: 'throws' | 'rejects'): Promise<void> {
    const victim = subscriptionOf(kind, 'victim', Counted, (event, context) => {
      const [thrown] = THROWN[event.streamId.slice('s-'.length)] ?? [];
      const isGood = !broken || thrown === undefined || (event as RecordedEvent<Counted>).data.n !== 1;
      if (isGood) return noteSeen(context?.manager ?? dataSource.manager, 'victim', event);
      if (how === 'throws') throw thrown();
      return Promise.resolve().then(() => raise(thrown()));
    });
    one = await startObservedApp({
      url: database.url,
      events: [Counted],
      projections: kind === 'projection' ? [victim] : [],
      subscribers: kind === 'subscriber' ? [victim] : [],
      subscriptions: { maxRetries: 1 },
    });
    dataSource = one.app.get<DataSource>(getDataSourceToken());
  }

  it.each([
    ['projection', 'throws'],
    ['subscriber', 'rejects'],
  ] as const)('a %s that %s it is told of, parks, goes on, and can be redriven', async (kind, how) => {
    await start(kind, how);
    await one.manager.start();
    for (const [what, [, errorClass, message]] of Object.entries(THROWN)) {
      const streamId = `s-${what}`;
      const told = one.told.length;
      await one.store.append(streamId, [new Counted(0, 0), new Counted(0, 1), new Counted(0, 2)]);
      const { position } = await one.store.append('s-other', [new Counted(0, 0)]);
      await one.manager.waitFor(position, { subscription: 'victim', timeoutMs: 60_000 });
      const letters = (await one.letters()).filter((letter) => letter.streamId === streamId);
      expect([what, letters]).toMatchObject([
        what,
        [
          { reason: 'failed', errorClass, message, attempts: [{ errorClass }, { errorClass }] },
          { reason: 'queued-behind' },
        ],
      ]);
      expect(one.told.length - told).toBeGreaterThanOrEqual(2);
      expect(one.told.at(-1)).toMatchObject({ streamId, deadLetterId: letters[0]?.id });
      expect(one.lines.filter((line) => line.includes(`dead letter ${letters[0]?.id}`))).toHaveLength(1);
      const lastError = (await one.manager.status())[0]?.lastError;
      expect(lastError?.replace('\u0000 \ud800', '\ufffd \ufffd')).toBe(message);
      const seen = await seenBy(dataSource, 'victim');
      expect(seen.filter((event) => event.startsWith(`${streamId}@`))).toEqual([`${streamId}@1`]);
    }
    const { errorsByCategory } = one.manager.getErrorStats().subscriptions.victim ?? {};
    expect(errorsByCategory).toMatchObject({ infrastructure: 0, permanent: 0, transient: 0 });
    await redriveAll();
  });

  /** In vain at first, and with success then. */
  async function redriveAll(): Promise<void> {
    const count = Object.keys(THROWN).length;
    const told = one.told.length;
    await one.queue.redrive('all');
    const failed = await eventually(
      () => one.letters(),
      (letters) => letters.filter(({ attempts }) => attempts.length === 3).length === count,
    );
    await eventually(() => one.told.length === told + count);
    expect(new Set(failed.map(({ state }) => state))).toEqual(new Set(['parked']));
    expect(one.told.slice(told).map(({ retryCount, deadLetterId }) => [retryCount, deadLetterId])).toEqual(
      failed.filter(({ reason }) => reason === 'failed').map(({ id }) => [2, id]),
    );
    broken = false;
    await one.queue.redrive('all');
    await eventually(async () => (await one.queue.stats()).resolved === 2 * count);
    for (const what of Object.keys(THROWN)) {
      const seen = (await seenBy(dataSource, 'victim')).filter((event) => event.startsWith(`s-${what}@`));
      expect(seen).toEqual([1, 2, 3].map((version) => `s-${what}@${version}`));
    }
  }
});

describe('a row that cannot be decoded', () => {
  @DomainEvent('moved', {
    version: 2,
    upcast: {
      1: (data) => {
        const { how } = data as { how?: string };
        if (how === 'error') throw new RangeError('no such place');
        if (how === 'odd') raise(Object.create(null) as unknown);
        return data as object;
      },
    },
  })
  class Moved {
    constructor(readonly how: string) {}
  }

  let database: TestDatabase;
  let one: ObservedApp;

  afterEach(async () => {
    await one.app.close();
    await database.drop();
  });

  it.each([
    ['of a schema version that nobody knows', 'schema_version = 9', 'UndecodableEventError'],
    ['whose upcaster throws', `schema_version = 1, data = '{"how": "error"}'`, 'UndecodableEventError'],
    ['whose upcaster throws what has no text', `schema_version = 1, data = '{"how": "odd"}'`, 'UndecodableEventError'],
    ['whose metadata are none', `metadata = 'null'`, 'TypeError'],
  ])('%s, hurts only those who want it, and only its stream', async (_, damage, errorClass) => {
    database = await createTestDatabase();
    const client = await database.client();
    await client.query(SEEN_TABLE);
    const note = (name: string, eventClass: typeof Moved | typeof Counted) =>
      subscriptionOf('projection', name, eventClass, (event, context) => noteSeen(context!.manager, name, event));
    const mailed: string[] = [];
    const mails = subscriptionOf('subscriber', 'mails', Moved, async ({ streamId, version }) => {
      mailed.push(`${streamId}@${version}`);
    });
    const projections = [note('moves', Moved), note('counts', Counted)];
    const events = [Moved, Counted];
    one = await startObservedApp({
      url: database.url,
      events,
      projections,
      subscribers: [mails],
      subscriptions: { maxRetries: 1 },
    });
    for (let n = 0; n < 6; n++) await one.store.append(`s-${n % 2}`, [n % 3 === 0 ? new Counted(0, n) : new Moved('')]);
    await client.query(
      `set session_replication_role = replica; update tidemark.events set ${damage} where stream_id = 's-0' and version = 2`,
    );
    await client.end();
    await one.manager.start();
    for (const subscription of ['moves', 'counts', 'mails']) {
      await one.manager.waitFor(6n, { subscription, timeoutMs: 60_000 });
    }
    const dataSource = one.app.get<DataSource>(getDataSourceToken());
    expect(await seenBy(dataSource, 'counts')).toEqual(['s-0@1', 's-1@2']);
    expect(await seenBy(dataSource, 'moves')).toEqual(['s-1@1', 's-1@3']);
    expect(mailed).toEqual(['s-1@1', 's-1@3']);
    const letters = await one.letters();
    for (const subscription of ['moves', 'mails']) {
      expect(letters.filter((letter) => letter.subscription === subscription)).toMatchObject([
        { version: 2, reason: 'failed', errorClass },
        { version: 3, reason: 'queued-behind' },
      ]);
    }
    expect(letters).toHaveLength(4);
    expect(new Set(one.told.map(({ eventId }) => eventId))).toEqual(new Set([letters[0]?.eventId]));
    expect(one.manager.getErrorStats().subscriptions.counts).toMatchObject({ totalErrors: 0 });
  });
});
