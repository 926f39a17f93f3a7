import { randomUUID } from 'node:crypto';
import { NewEvent } from '../../core/index.js';
import { type AppendResult, ConcurrencyError, DuplicateEventError } from '../../event-store/index.js';
import { encodedAppend, ParcelNoted } from '../fixtures/parcel-events.js';
import { type EventStorageBackend, type EventStoreScenario, range, withEventStore } from './event-storage-backend.js';
import type { TestApi } from './test-api.js';

const TIMEOUT_MS = 30_000;

/** Appends that are under way at the same time. */
export function appendConcurrencyContract({ describe, it, expect }: TestApi, backend: EventStorageBackend): void {
  describe('concurrent appends', () => {
    it(
      'of 20 creators of one stream let one win',
      withEventStore(backend, async ({ store, stream, feed }) => {
        const streamId = stream();
        const attempts = await Promise.allSettled(
          range(1, 20).map((n) => store.append(streamId, notes(n, n), { expectedVersion: 'noStream' })),
        );
        const winners = attempts.filter(({ status }) => status === 'fulfilled');
        expect(winners.length).toBe(1);
        const { version, position } = (winners[0] as PromiseFulfilledResult<AppendResult>).value;
        for (const { reason } of attempts.filter((attempt) => attempt.status === 'rejected')) {
          expect(reason).toBeInstanceOf(ConcurrencyError);
          expect(reason).toMatchObject({ streamId, expectedVersion: 'noStream', actualVersion: version });
        }
        const events = await feed();
        expect(events.map((event) => (event.data as ParcelNoted).note)).toEqual(range(1, version).map(() => version));
        expect(events.at(-1)?.position).toBe(position);
      }),
      TIMEOUT_MS,
    );

    it(
      'of 32 writers that expect any version all succeed, without a gap',
      withEventStore(backend, async ({ store, stream, eventsOf }) => {
        const streamId = stream();
        const results = await Promise.all(
          range(1, 32).map(async (writer) => {
            const own: AppendResult[] = [];
            for (const n of range(1, 5)) own.push(await store.append(streamId, notes(2, `${writer}/${n}`)));
            return own;
          }),
        );
        const versions = results.flat().map(({ version }) => version);
        expect(versions.sort((a, b) => a - b)).toEqual(range(1, 160).map((n) => 2 * n));
        const events = await eventsOf(streamId);
        expect(events.map(({ version }) => version)).toEqual(range(1, 320));
        // The two events of an append stand together.
        const texts = events.map(({ data }) => (data as ParcelNoted).note);
        expect(texts.filter((_, index) => index % 2 === 0)).toEqual(texts.filter((_, index) => index % 2 === 1));
      }),
      TIMEOUT_MS,
    );

    it(
      'of writers that each decide on the version they saw give every version to one of them',
      withEventStore(backend, async ({ store, stream, eventsOf }) => {
        const streamId = stream();
        const conflicts = await Promise.all(range(1, 8).map((writer) => writeFive(store, streamId, writer)));
        const events = await eventsOf(streamId);
        expect(events.map(({ version }) => version)).toEqual(range(1, 40));
        for (const { data, version } of events) expect((data as SeenNote).note.seen).toBe(version - 1);
        for (const errors of conflicts) for (const error of errors) expect(error).toBeInstanceOf(ConcurrencyError);
      }),
      TIMEOUT_MS,
    );

    it(
      'with the same events are stored once and all have the same result',
      withEventStore(backend, async ({ store, stream, feed }) => {
        const streamId = stream();
        const events = notes(3, 'same').map((note) => new NewEvent(note, { id: randomUUID() }));
        const results = await Promise.all(range(1, 10).map(() => store.append(streamId, events)));
        expect(results.filter(({ repeated }) => !repeated).length).toBe(1);
        expect(new Set(results.map(({ position }) => position)).size).toBe(1);
        expect(new Set(results.map(({ version }) => version))).toEqual(new Set([3]));
        expect((await feed()).length).toBe(3);
      }),
      TIMEOUT_MS,
    );

    it(
      'with the same event id to different streams let one win',
      withEventStore(backend, async ({ store, stream, feed }) => {
        const event = new NewEvent(new ParcelNoted('one'), { id: randomUUID() });
        const attempts = await Promise.allSettled(range(1, 10).map(() => store.append(stream(), [event])));
        const losers = attempts.filter((attempt) => attempt.status === 'rejected');
        expect(losers.length).toBe(9);
        for (const { reason } of losers) expect(reason).toBeInstanceOf(DuplicateEventError);
        expect((await feed()).length).toBe(1);
      }),
      TIMEOUT_MS,
    );

    it(
      'to the same streams in opposite orders do not block each other',
      withEventStore(backend, async (scenario) => {
        const streams = range(1, 4).map(() => scenario.stream());
        await Promise.all(range(1, 20).map((n) => appendToAll(scenario, n % 2 === 0 ? streams : streams.toReversed())));
        for (const streamId of streams) {
          const versions = (await scenario.eventsOf(streamId)).map(({ version }) => version);
          expect(versions).toEqual(range(1, 40));
        }
      }),
      TIMEOUT_MS,
    );

    it(
      'keep each stream in position order and store each event once',
      withEventStore(backend, async ({ storage, stream, feed }) => {
        const streams = range(1, 5).map(() => stream());
        const batches = range(1, 30).map((n) => {
          const chosen = streams.filter((_, index) => (n + index) % 3 !== 0);
          return chosen.map((streamId) => encodedAppend(streamId));
        });
        const outcomes = await Promise.all(batches.map((batch) => storage.append(batch, { atomic: false })));
        expect(outcomes.flat().every(({ outcome }) => outcome === 'appended')).toBe(true);
        const events = await feed();
        const sent = batches.flatMap((batch) => batch.flatMap((append) => append.events.map(({ id }) => id)));
        expect(events.map(({ id }) => id).sort()).toEqual(sent.sort());
        for (const streamId of streams) {
          const ofStream = events.filter((event) => event.streamId === streamId);
          expect(ofStream.map(({ version }) => version)).toEqual(range(1, ofStream.length));
        }
      }),
      TIMEOUT_MS,
    );
  });
}

interface SeenNote {
  readonly note: { readonly writer: number; readonly seen: number };
}

/** Five appends, each tried until it wins; the errors on the way. */
async function writeFive(store: EventStoreScenario['store'], streamId: string, writer: number): Promise<unknown[]> {
  const errors: unknown[] = [];
  for (let written = 0; written < 5;) {
    const seen = await store.streamVersion(streamId);
    try {
      await store.append(streamId, [new ParcelNoted({ writer, seen })], { expectedVersion: seen });
      written++;
    } catch (error) {
      errors.push(error);
      if (!(error instanceof ConcurrencyError)) throw error;
    }
  }
  return errors;
}

async function appendToAll({ store, storage }: EventStoreScenario, streams: readonly string[]): Promise<void> {
  await Promise.all([
    store.appendToStreams(streams.map((streamId) => ({ streamId, events: [new ParcelNoted(streamId)] }))),
    storage.append(
      streams.map((streamId) => encodedAppend(streamId)),
      { atomic: false },
    ),
  ]);
}

function notes(count: number, text: unknown): ParcelNoted[] {
  return range(1, count).map(() => new ParcelNoted(text));
}
