import { randomUUID } from 'node:crypto';
import { type ExpectedVersion, InvalidArgumentError, NewEvent } from '../../core/index.js';
import { TenantMismatchError } from '../../event-store/index.js';
import { ParcelNoted } from '../fixtures/parcel-events.js';
import { collect, type EventStorageBackend, failureOf, range, withEventStore } from './event-storage-backend.js';
import type { TestApi } from './test-api.js';

/** Streams belong to tenants. */
export function tenancyContract({ describe, it, expect }: TestApi, backend: EventStorageBackend): void {
  describe('tenant', () => {
    it(
      'of the append, or else of the context, owns the stream',
      withEventStore(backend, async ({ store, context, stream, feed }) => {
        await store.append(stream(), [new ParcelNoted(1)], { tenantId: 'a' });
        await context.run({ tenantId: 'b' }, () => store.append(stream(), [new ParcelNoted(2)]));
        await context.run({ tenantId: 'b' }, () => store.append(stream(), [new ParcelNoted(3)], { tenantId: 'c' }));
        await store.append(stream(), [new ParcelNoted(4)]);
        expect((await feed()).map(({ tenantId }) => tenantId)).toEqual(['a', 'b', 'c', undefined]);
      }),
    );

    const strangers: [owner: string | undefined, other: string | undefined][] = [
      ['a', 'b'],
      ['a', undefined],
      [undefined, 'a'],
      ['a', 'A'],
    ];
    for (const [owner, other] of strangers) {
      for (const expectedVersion of ['any', 'noStream', 'streamExists', 1, 7] satisfies ExpectedVersion[]) {
        it(
          `${other} cannot append to a stream of ${owner}, expecting ${expectedVersion}: TenantMismatchError`,
          withEventStore(backend, async ({ store, stream, feed }) => {
            const streamId = stream();
            await store.append(streamId, [new ParcelNoted(1)], { tenantId: owner });
            const events = [new ParcelNoted(2)];
            const error = await failureOf(store.append(streamId, events, { tenantId: other, expectedVersion }));
            expect(error).toBeInstanceOf(TenantMismatchError);
            expect(error).toMatchObject({ code: 'TENANT_MISMATCH', streamId });
            expect((await feed()).length).toBe(1);
          }),
        );
      }
    }

    it(
      'is looked at before the event ids: a stranger learns nothing from a repetition',
      withEventStore(backend, async ({ store, stream }) => {
        const streamId = stream();
        const events = [new NewEvent(new ParcelNoted(1), { id: randomUUID() })];
        await store.append(streamId, events, { tenantId: 'a' });
        const error = await failureOf(store.append(streamId, events, { tenantId: 'b' }));
        expect(error).toBeInstanceOf(TenantMismatchError);
        expect((await store.append(streamId, events, { tenantId: 'a' })).repeated).toBe(true);
      }),
    );

    it(
      'that creates a stream at the same time as another one gets all of it or nothing',
      withEventStore(backend, async ({ store, stream, eventsOf }) => {
        const streamId = stream();
        const attempts = await Promise.allSettled(
          range(1, 12).map((n) => store.append(streamId, [new ParcelNoted(n)], { tenantId: n % 2 ? 'a' : 'b' })),
        );
        const events = await eventsOf(streamId);
        expect(new Set(events.map(({ tenantId }) => tenantId)).size).toBe(1);
        expect(events.map(({ version }) => version)).toEqual(range(1, 6));
        const refused = attempts.filter((attempt) => attempt.status === 'rejected');
        expect(refused.length).toBe(6);
        for (const { reason } of refused) expect(reason).toBeInstanceOf(TenantMismatchError);
      }),
    );

    it(
      'reads nothing from a stream of another one',
      withEventStore(backend, async ({ store, stream }) => {
        const [owned, free] = [stream(), stream()];
        await store.append(owned, [new ParcelNoted(1), new ParcelNoted(2)], { tenantId: 'a' });
        await store.append(free, [new ParcelNoted(3)]);
        const count = async (streamId: string, tenantId?: string) =>
          (await collect(store.readStream(streamId, { tenantId }))).length;
        expect(await count(owned, 'a')).toBe(2);
        expect(await count(owned, 'b')).toBe(0);
        expect(await count(owned)).toBe(2);
        expect(await count(free, 'a')).toBe(0);
        expect(await count(free)).toBe(1);
        const version = (streamId: string, tenantId?: string) => store.streamVersion(streamId, { tenantId });
        expect(await version(owned, 'a')).toBe(2);
        expect(await version(owned, 'b')).toBe(0);
        expect(await version(owned)).toBe(2);
        expect(await version(free, 'a')).toBe(0);
        expect(await version(free)).toBe(1);
      }),
    );

    it(
      'has a name that can be stored, or is refused',
      withEventStore(backend, async ({ store, stream, feed }) => {
        for (const tenantId of ['', 'a\u0000', 'a\nb', '\ud83d']) {
          const error = await failureOf(store.append(stream(), [new ParcelNoted(1)], { tenantId }));
          expect(error).toBeInstanceOf(InvalidArgumentError);
          expect(error).toMatchObject({ argument: 'tenantId' });
        }
        const tenantId = "O'Neil & 東京 🚚";
        await store.append(stream(), [new ParcelNoted(2)], { tenantId });
        expect((await feed({ tenantId })).length).toBe(1);
      }),
    );
  });
}
