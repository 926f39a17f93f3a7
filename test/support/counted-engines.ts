import type { Lease } from '../../libs/event-sourcing/src/database/index.js';
import type { RecordedEvent } from '../../libs/event-sourcing/src/core/index.js';
import type {
  SubscriptionDefinition,
  SubscriptionsOptions,
} from '../../libs/event-sourcing/src/subscriptions/index.js';
import { countedProjection, createEngine, type Engine } from './engine.js';
import { eventually } from './eventually.js';
import { Counted } from './postgres-store.js';
import { createTestDatabase, type TestDatabase } from './test-database.js';

/** Name of the subscription that {@link CountedEngines} run. */
export const COUNTED = 'counted';

/** Longer than any test. */
export const FOR_EVER_MS = 600_000;

/** The number that a {@link Counted} event carries. */
export const numberOf = (event: RecordedEvent): number => (event as RecordedEvent<Counted>).data.n;

/** 0 to `count` - 1. */
export const upTo = (count: number): number[] => Array.from({ length: count }, (_, n) => n);

/** Engines on a database of their own, each as if of a process of its own, that run one subscription of counted events. */
export class CountedEngines {
  private readonly engines: Engine[] = [];

  private constructor(readonly database: TestDatabase) {}

  /** @param setUp SQL that makes the tables of the read model. */
  static async open(setUp = ''): Promise<CountedEngines> {
    const database = await createTestDatabase();
    const client = await database.client();
    await client.query(setUp);
    await client.end();
    return new CountedEngines(database);
  }

  async create(
    { handle, ...definition }: Partial<SubscriptionDefinition> & Pick<SubscriptionDefinition, 'handle'>,
    options: SubscriptionsOptions = {},
    ...others: readonly SubscriptionDefinition[]
  ): Promise<Engine> {
    const counted = { ...countedProjection(handle, COUNTED), ...definition };
    const one = createEngine(await this.database.connect(), [counted, ...others], options);
    this.engines.push(one);
    return one;
  }

  async close(): Promise<void> {
    await Promise.all(this.engines.map(({ manager }) => manager.stop()));
    await this.database.drop();
  }
}

/** Appends events with the numbers from `from` on, each to a stream of its own; gives the last position. */
export async function append({ store }: Engine, count: number, from = 0): Promise<bigint> {
  let last = 0n;
  for (let n = from; n < from + count; n++) last = (await store.append(`s-${n}`, [new Counted(0, n)])).position;
  return last;
}

/** Starts the engine and waits until its subscription has come to a position. */
export async function runTo({ manager }: Engine, last: bigint): Promise<void> {
  await manager.start();
  await manager.waitFor(last, { subscription: COUNTED, timeoutMs: 60_000 });
}

/** Where the checkpoint is; -1 where there is none. */
export async function checkpointOf({ checkpoints }: Engine): Promise<bigint> {
  return (await checkpoints.list(COUNTED))[0]?.position ?? -1n;
}

/** Has another owner take the partition and its checkpoint; gives its lease. */
export async function takeOver({ leases, checkpoints }: Engine): Promise<Lease> {
  await leases.revoke(COUNTED);
  const key = { subscription: COUNTED, partition: 0 };
  const lease = (await eventually(() => leases.acquire(key, 'another', FOR_EVER_MS))) as Lease;
  await checkpoints.claim(lease);
  return lease;
}
