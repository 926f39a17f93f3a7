import { randomUUID } from 'node:crypto';
import type { EventStorageBackend, TestApi } from '@tidemark/event-sourcing/testing';
import fc from 'fast-check';
import type { ExpectedVersion, StoredEvent } from '../../libs/event-sourcing/src/core/index.js';
import type { AppendOutcome, EncodedAppend, EventStorage } from '../../libs/event-sourcing/src/event-store/index.js';
import { eventStoreCommands, type RealStore } from './event-store.commands.js';
import { eventOf, EventStoreModel } from './event-store.model.js';

/** How long to search for a counterexample. */
export interface PropertiesOptions {
  /** Sequences of commands to try. @default 200 */
  readonly sequences?: number;
  /** Groups of concurrent writers to try. @default 100 */
  readonly groups?: number;
  readonly timeoutMs?: number;
}

/** What one writer is to append: which streams together, what it expects of them, how many events to each. */
interface WriterStep {
  readonly streams: readonly number[];
  readonly expected: 'any' | 'noStream' | 'streamExists' | 'seen';
  readonly eventCount: number;
  readonly atomic: boolean;
  /** Sends the same once more, at the same time or afterwards, as after a lost acknowledgement. */
  readonly again: 'no' | 'at once' | 'later';
}

/** An append that was sent, and what came back. */
interface Sent {
  readonly append: EncodedAppend;
  readonly outcome: AppendOutcome;
}

const STREAMS = 3;

const writerStep: fc.Arbitrary<WriterStep> = fc.record({
  streams: fc.uniqueArray(fc.nat(STREAMS - 1), { minLength: 1, maxLength: STREAMS }),
  expected: fc.constantFrom('any', 'any', 'seen', 'seen', 'noStream', 'streamExists'),
  eventCount: fc.integer({ min: 1, max: 3 }),
  atomic: fc.boolean(),
  again: fc.constantFrom('no', 'no', 'at once', 'later'),
});

const writers = fc.array(fc.array(writerStep, { minLength: 1, maxLength: 6 }), { minLength: 2, maxLength: 8 });

/** What holds of every event store, whatever is done to it: tried with random commands, and with random writers at once. */
export function eventStoreProperties(
  { describe, it, expect }: TestApi,
  backend: EventStorageBackend,
  { sequences = 200, groups = 100, timeoutMs = 60_000 }: PropertiesOptions = {},
): void {
  describe(`event store, ${backend.name}`, () => {
    it(
      'does what a simple model does, whatever the commands',
      async () => {
        const property = fc.asyncProperty(eventStoreCommands(expect), (commands) =>
          withStore(backend, async (real, start) => {
            const model = new EventStoreModel(start);
            await fc.asyncModelRun(() => ({ model, real }), commands);
            const { events } = await real.storage.readFeed({ after: start, limit: 1_000 });
            expect(events.map(({ id }) => id)).toEqual(model.events.map(({ id }) => id));
          }),
        );
        await fc.assert(property, { numRuns: sequences });
      },
      timeoutMs,
    );

    it(
      'stores what it acknowledged, once and in order, and nothing else, whoever writes at the same time',
      async () => {
        const property = fc.asyncProperty(writers, (plans) =>
          withStore(backend, async ({ storage, streams }, start) => {
            const sent = await Promise.all(plans.map((steps) => write(storage, streams, steps)));
            const { events, head, horizon } = await storage.readFeed({ after: start, limit: 10_000 });
            expect(horizon).toBe(head);
            checkStreams(expect, events, streams);
            checkAnswers(expect, events, sent.flat());
            for (const streamId of streams) {
              const count = events.filter((event) => event.streamId === streamId).length;
              expect(await storage.streamVersion(streamId)).toBe(count);
            }
          }),
        );
        await fc.assert(property, { numRuns: groups });
      },
      timeoutMs,
    );
  });
}

async function withStore(
  backend: EventStorageBackend,
  work: (real: RealStore, start: bigint) => Promise<void>,
): Promise<void> {
  const { storage, cleanup } = await backend.create();
  try {
    const { head } = await storage.horizon();
    await work({ storage, streams: Array.from({ length: 4 }, () => `parcel-${randomUUID()}`) }, head);
  } finally {
    await cleanup();
  }
}

async function write(
  storage: EventStorage,
  streams: readonly string[],
  steps: readonly WriterStep[],
): Promise<readonly Sent[]> {
  const sent: Sent[] = [];
  for (const step of steps) {
    const batch: EncodedAppend[] = [];
    for (const index of step.streams) {
      const streamId = streams[index] as string;
      const expectedVersion: ExpectedVersion =
        step.expected === 'seen' ? await storage.streamVersion(streamId) : step.expected;
      const events = Array.from({ length: step.eventCount }, () => eventOf('a.x'));
      batch.push({ streamId, expectedVersion, tenantId: undefined, events });
    }
    const send = () => storage.append(batch, { atomic: step.atomic });
    const answers = step.again === 'at once' ? await Promise.all([send(), send()]) : [await send()];
    if (step.again === 'later') answers.push(await send());
    for (const outcomes of answers) {
      sent.push(...outcomes.map((outcome, index) => ({ append: batch[index] as EncodedAppend, outcome })));
    }
  }
  return sent;
}

/** Versions without gaps, in position order; every event once. */
function checkStreams(expect: TestApi['expect'], events: readonly StoredEvent[], streams: readonly string[]): void {
  expect(new Set(events.map(({ id }) => id)).size).toBe(events.length);
  for (const [index, { position }] of events.entries()) {
    if (index > 0) expect(position).toBeGreaterThan((events[index - 1] as StoredEvent).position);
  }
  for (const streamId of streams) {
    const versions = events.filter((event) => event.streamId === streamId).map(({ version }) => version);
    expect(versions).toEqual(versions.map((_, index) => index + 1));
  }
}

/** What was answered is true: the winners are stored where they were told, the losers are nowhere. */
function checkAnswers(expect: TestApi['expect'], events: readonly StoredEvent[], sent: readonly Sent[]): void {
  const byId = new Map(events.map((event) => [event.id, event]));
  const won = new Map<string, number>();
  for (const { append, outcome } of sent) {
    if (outcome.outcome !== 'appended' && outcome.outcome !== 'repeated') continue;
    const stored = append.events.map(({ id }) => byId.get(id));
    const first = outcome.version - append.events.length;
    expect(stored.map((event) => event?.version)).toEqual(append.events.map((_, index) => first + index + 1));
    expect(stored[0]?.position).toBe(outcome.firstPosition);
    expect(stored.at(-1)?.position).toBe(outcome.lastPosition);
    if (typeof append.expectedVersion === 'number') expect(first).toBe(append.expectedVersion);
    if (append.expectedVersion === 'noStream') expect(first).toBe(0);
    const key = append.events[0]?.id as string;
    won.set(key, (won.get(key) ?? 0) + Number(outcome.outcome === 'appended'));
  }
  // Whoever won is acknowledged as new exactly once, however often it was sent.
  expect([...won.values()].every((times) => times === 1)).toBe(true);
  const winners = sent.filter(({ append }) => won.has(append.events[0]?.id as string));
  const acknowledged = new Set(winners.flatMap(({ append }) => append.events.map(({ id }) => id)));
  expect([...byId.keys()].filter((id) => !acknowledged.has(id))).toEqual([]);
  for (const { append, outcome } of sent) {
    if (outcome.outcome === 'conflict' && !won.has(append.events[0]?.id as string)) {
      for (const { id } of append.events) expect(byId.has(id)).toBe(false);
    }
  }
}
