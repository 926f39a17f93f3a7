import { randomUUID } from 'node:crypto';
import type { EntityManager } from 'typeorm';
import type { Lease } from '../../../database/index.js';
import { type Checkpoint, type CheckpointStore, FencedError } from '../../../subscriptions/index.js';
import { failureOf, range } from '../event-storage-backend.js';
import type { TestApi } from '../test-api.js';

/** A checkpoint store for one test. */
export interface CheckpointStoreFixture {
  readonly store: CheckpointStore;
  /** Writes of handlers, where the store has transactions: adds a note in a transaction, and gives all notes. */
  readonly notes?: {
    add(manager: EntityManager | undefined, note: string): Promise<void>;
    all(): Promise<readonly string[]>;
  };
  /** Called when the test has ended. */
  cleanup(): Promise<void>;
}

/** A kind of checkpoint store that the contract is run on. */
export interface CheckpointStoreBackend {
  /** Shown in the names of the tests. */
  readonly name: string;
  readonly capabilities: {
    /** What a handler writes is stored with the checkpoint or not at all; then the fixture has `notes`. */
    readonly transactions: boolean;
  };
  /** A store, empty or with checkpoints of earlier tests: each test has a subscription of its own. */
  create(): Promise<CheckpointStoreFixture>;
}

interface Scenario extends CheckpointStoreFixture {
  /** A lease of the test's partition. */
  lease(epoch: bigint, partition?: number): Lease;
  /** Position and epoch of the test's checkpoint. */
  checkpoint(): Promise<Pick<Checkpoint, 'position' | 'epoch'> | undefined>;
}

type WithStore = (work: (scenario: Scenario) => Promise<void>) => () => Promise<void>;

const nothing = async (): Promise<void> => undefined;

/** The behaviour of the checkpoint store, as tests. */
export function checkpointStoreContract(api: TestApi, backend: CheckpointStoreBackend): void {
  const withStore: WithStore = (work) => async () => {
    const { store, notes, cleanup } = await backend.create();
    const subscription = `s-${randomUUID()}`;
    const lease = (epoch: bigint, partition = 0): Lease => ({
      subscription,
      partition,
      owner: `owner-${epoch}`,
      epoch,
    });
    const checkpoint = async () => {
      const [found] = (await store.list(subscription)).filter(({ partition }) => partition === 0);
      return found && { position: found.position, epoch: found.epoch };
    };
    try {
      await work({ store, notes, cleanup, lease, checkpoint });
    } finally {
      await cleanup();
    }
  };
  api.describe(`checkpoint store, ${backend.name}`, () => {
    claims(api, withStore);
    advances(api, withStore);
    resets(api, withStore);
    failures(api, withStore);
    holds(api, withStore);
    if (backend.capabilities.transactions) transactions(api, withStore);
  });
}

function claims({ it, expect }: TestApi, withStore: WithStore): void {
  it(
    'starts at 0, and goes on where the owner before had come to',
    withStore(async ({ store, lease, checkpoint }) => {
      expect(await checkpoint()).toBe(undefined);
      expect(await store.claim(lease(1n))).toBe(0n);
      await store.advance(lease(1n), 41n, nothing);
      expect(await store.claim(lease(2n))).toBe(41n);
      expect(await store.claim(lease(2n))).toBe(41n);
      expect(await checkpoint()).toEqual({ position: 41n, epoch: 2n });
    }),
  );

  it(
    'refuses an older epoch, and stays as it is',
    withStore(async ({ store, lease, checkpoint }) => {
      await store.claim(lease(5n));
      const error = await failureOf(store.claim(lease(4n)));
      expect(error).toBeInstanceOf(FencedError);
      expect(error).toMatchObject({ code: 'FENCED', partition: 0, epoch: 4n });
      expect(await checkpoint()).toEqual({ position: 0n, epoch: 5n });
    }),
  );

  it(
    'belongs in the end to the newest of many who claim at once',
    withStore(async ({ store, lease, checkpoint }) => {
      await Promise.allSettled(range(1, 20).map((n) => store.claim(lease(BigInt(((n * 7) % 20) + 1)))));
      expect(await checkpoint()).toEqual({ position: 0n, epoch: 20n });
    }),
  );

  it(
    'is listed with the others, and lists those of one subscription',
    withStore(async ({ store, lease }) => {
      for (const partition of [0, 1]) await store.claim(lease(1n, partition));
      await store.advance(lease(1n, 1), 9_007_199_254_740_993n, nothing);
      const { subscription } = lease(1n);
      const own = await store.list(subscription);
      expect(own.map(({ partition, position }) => [partition, position])).toEqual([
        [0, 0n],
        [1, 9_007_199_254_740_993n],
      ]);
      expect(own[0]?.updatedAt).toBeInstanceOf(Date);
      expect((await store.list()).filter((found) => found.subscription === subscription)).toEqual(own);
      expect(await store.list(`${subscription}-other`)).toEqual([]);
    }),
  );
}

function advances({ it, expect }: TestApi, withStore: WithStore): void {
  it(
    'moves on after the work',
    withStore(async ({ store, lease, checkpoint }) => {
      await store.claim(lease(1n));
      let during: unknown;
      await store.advance(lease(1n), 7n, async () => {
        during = await checkpoint();
      });
      expect(during).toEqual({ position: 0n, epoch: 1n });
      expect(await checkpoint()).toEqual({ position: 7n, epoch: 1n });
    }),
  );

  it(
    'never moves back, nor twice to the same position',
    withStore(async ({ store, lease, checkpoint }) => {
      await store.claim(lease(1n));
      await store.advance(lease(1n), 7n, nothing);
      for (const position of [7n, 6n, 0n]) {
        expect(await failureOf(store.advance(lease(1n), position, nothing))).toBeInstanceOf(FencedError);
      }
      expect(await checkpoint()).toEqual({ position: 7n, epoch: 1n });
    }),
  );

  it(
    'moves for nobody but who has claimed it last',
    withStore(async ({ store, lease, checkpoint }) => {
      expect(await failureOf(store.advance(lease(1n), 5n, nothing))).toBeInstanceOf(FencedError);
      await store.claim(lease(1n));
      await store.claim(lease(2n));
      for (const epoch of [1n, 3n]) {
        const error = await failureOf(store.advance(lease(epoch), 5n, nothing));
        expect(error).toBeInstanceOf(FencedError);
        expect(error).toMatchObject({ epoch });
      }
      expect(await checkpoint()).toEqual({ position: 0n, epoch: 2n });
      await store.advance(lease(2n), 5n, nothing);
      expect(await checkpoint()).toEqual({ position: 5n, epoch: 2n });
    }),
  );

  it(
    'stays where it is when it was claimed anew while the work was under way',
    withStore(async ({ store, lease, checkpoint }) => {
      await store.claim(lease(1n));
      const late = store.advance(lease(1n), 5n, async () => {
        expect(await store.claim(lease(2n))).toBe(0n);
      });
      expect(await failureOf(late)).toBeInstanceOf(FencedError);
      expect(await checkpoint()).toEqual({ position: 0n, epoch: 2n });
    }),
  );
}

function resets({ it, expect }: TestApi, withStore: WithStore): void {
  it(
    'is put back with all others of its subscription, and whoever had it is fenced out until it claims anew',
    withStore(async ({ store, lease }) => {
      const { subscription } = lease(1n);
      for (const partition of [0, 1, 2]) {
        await store.claim(lease(4n, partition));
        await store.advance(lease(4n, partition), 9n, async () => ({ handled: 2 }));
      }
      let during: readonly bigint[] = [];
      await store.reset(subscription, { partitions: 2, position: 3n }, async () => {
        during = (await store.list(subscription)).map(({ position }) => position);
      });
      expect(during).toEqual([9n, 9n, 9n]);
      const after = await store.list(subscription);
      expect(after.map(({ partition, position, handled }) => [partition, position, handled])).toEqual([
        [0, 3n, 0n],
        [1, 3n, 0n],
      ]);
      expect(await failureOf(store.advance(lease(4n), 10n, nothing))).toBeInstanceOf(FencedError);
      expect(await failureOf(store.claim(lease(4n)))).toBeInstanceOf(FencedError);
      expect(await store.claim(lease(5n), 7n)).toBe(3n);
      await store.advance(lease(5n), 10n, nothing);
    }),
  );

  it(
    'is there after a reset, for partitions too that never had one, and takes the first owner',
    withStore(async ({ store, lease }) => {
      await store.reset(lease(1n).subscription, { partitions: 2, position: 5n }, nothing);
      expect(await store.claim(lease(1n, 1), 0n)).toBe(5n);
    }),
  );

  it(
    'stays as it is where the work of a reset fails',
    withStore(async ({ store, lease, checkpoint }) => {
      await store.claim(lease(1n));
      await store.advance(lease(1n), 7n, nothing);
      const broken = new Error('no such luck');
      const reset = store.reset(lease(1n).subscription, { partitions: 1, position: 0n }, async () => {
        throw broken;
      });
      expect(await failureOf(reset)).toBe(broken);
      expect(await checkpoint()).toEqual({ position: 7n, epoch: 1n });
      await store.advance(lease(1n), 8n, nothing);
    }),
  );
}

function failures({ it, expect }: TestApi, withStore: WithStore): void {
  it(
    'stays where it is when the work fails, and the work can be done again',
    withStore(async ({ store, lease, checkpoint }) => {
      await store.claim(lease(1n));
      const broken = new Error('the handler failed');
      const failed = store.advance(lease(1n), 5n, async () => {
        throw broken;
      });
      expect(await failureOf(failed)).toBe(broken);
      expect(await checkpoint()).toEqual({ position: 0n, epoch: 1n });
      await store.advance(lease(1n), 5n, nothing);
      expect(await checkpoint()).toEqual({ position: 5n, epoch: 1n });
    }),
  );
}

function holds({ it, expect }: TestApi, withStore: WithStore): void {
  it(
    'stays where it is while its holder works on what lies behind it',
    withStore(async ({ store, lease, checkpoint }) => {
      await store.claim(lease(1n));
      await store.advance(lease(1n), 7n, nothing);
      let worked = 0;
      await store.fenced(lease(1n), async () => void worked++);
      expect(worked).toBe(1);
      expect(await checkpoint()).toEqual({ position: 7n, epoch: 1n });
    }),
  );

  it(
    'lets nobody work on what lies behind it but who has claimed it last',
    withStore(async ({ store, lease }) => {
      expect(await failureOf(store.fenced(lease(1n), nothing))).toBeInstanceOf(FencedError);
      await store.claim(lease(2n));
      expect(await failureOf(store.fenced(lease(1n), nothing))).toBeInstanceOf(FencedError);
      const late = store.fenced(lease(2n), async () => void (await store.claim(lease(3n))));
      expect(await failureOf(late)).toBeInstanceOf(FencedError);
    }),
  );
}

function transactions({ it, expect }: TestApi, withStore: WithStore): void {
  it(
    'is stored together with the writes of the work, or not at all',
    withStore(async ({ store, notes, lease, checkpoint }) => {
      if (notes === undefined) throw new Error('the fixture of a backend with transactions must have `notes`');
      await store.claim(lease(1n));
      await store.advance(lease(1n), 1n, (manager) => notes.add(manager, 'stored'));
      const failed = store.advance(lease(1n), 2n, async (manager) => {
        await notes.add(manager, 'failed');
        throw new Error('the handler failed');
      });
      await failureOf(failed);
      await failureOf(store.advance(lease(1n), 1n, (manager) => notes.add(manager, 'backwards')));
      const fenced = store.advance(lease(1n), 3n, async (manager) => {
        await notes.add(manager, 'fenced');
        await store.claim(lease(2n));
      });
      expect(await failureOf(fenced)).toBeInstanceOf(FencedError);
      await failureOf(store.fenced(lease(1n), (manager) => notes.add(manager, 'of an older owner')));
      await store.fenced(lease(2n), (manager) => notes.add(manager, 'behind the checkpoint'));
      expect(await notes.all()).toEqual(['stored', 'behind the checkpoint']);
      expect(await checkpoint()).toEqual({ position: 1n, epoch: 2n });
    }),
  );
}
