import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { INestApplicationContext } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { TypeOrmModule } from '@nestjs/typeorm';
import {
  AGGREGATE_LOADED,
  AggregateNotFoundError,
  type AggregateLoaded,
  type AggregateRepository,
  DeadLetterQueue,
  type DeciderRepository,
  defineDecider,
  DomainEvent,
  EventContext,
  EventSourced,
  EventSourcedAggregate,
  EventSourcingModule,
  EventStorage,
  EventStore,
  getAggregateRepositoryToken,
  getDeciderToken,
  InjectAggregateRepository,
  Instrumentation,
  On,
  type RecordedEvent,
  SnapshotStore,
  Subscriber,
  SubscriptionManager,
  TenantMismatchError,
} from '@tidemark/event-sourcing';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

@DomainEvent('vault.filled')
class Filled {
  constructor(readonly amount: number) {}
}

@DomainEvent('tab.raised')
class Raised {
  constructor(readonly by: number) {}
}

@DomainEvent('echo.made')
class Echoed {
  constructor(readonly of: string) {}
}

/** The ids of the vaults whose state was restored from a snapshot. */
const restored: string[] = [];

@EventSourced('vault', { snapshotEvery: 2, snapshotMode: 'sync' })
class Vault extends EventSourcedAggregate {
  amount = 0;

  fill(amount: number): void {
    this.apply(new Filled(amount));
  }

  onFilled({ amount }: Filled): void {
    this.amount += amount;
  }

  override toSnapshot(): object {
    return { amount: this.amount };
  }

  override fromSnapshot({ amount }: { amount: number }): void {
    restored.push(this.id);
    this.amount = amount;
  }
}

const tab = defineDecider({
  category: 'tab',
  initialState: () => 0,
  decide: (by: number) => [new Raised(by)],
  evolve: (sum: number, event: Raised) => sum + event.by,
});

/** What a handler saw of the other tenant's vault, and what it was refused. */
const seenByHandlers: object[] = [];

@Subscriber({ name: 'echoes' })
class Echoes {
  constructor(
    @InjectAggregateRepository(Vault) private readonly vaults: AggregateRepository<Vault>,
    private readonly store: EventStore,
    private readonly context: EventContext,
  ) {}

  @On(Raised)
  async raised({ id, tenantId, streamId, data }: RecordedEvent<Raised>): Promise<void> {
    if (!streamId.startsWith('tab-of-')) return;
    if (data.by < 0) throw new TypeError('cannot be echoed');
    const other = tenantId === 'a' ? 'b' : 'a';
    const [own, foreign] = [await this.vaults.exists(`of-${tenantId}`), await this.vaults.exists(`of-${other}`)];
    const refused = await this.store.append(`vault-of-${other}`, [new Filled(1)]).catch((error: unknown) => error);
    await this.store.append(`echo-${id}`, [new Echoed(streamId)]);
    seenByHandlers.push({ tenantId, current: this.context.current().tenantId, own, foreign, refused });
  }
}

describe.each(['memory', 'postgres'] as const)('tenants of an app on %s', (kind) => {
  let database: TestDatabase | undefined;
  let app: INestApplicationContext;
  let vaults: AggregateRepository<Vault>;
  let tabs: DeciderRepository<number, number, Raised>;
  let loads: AggregateLoaded[];

  beforeAll(async () => {
    database = kind === 'postgres' ? await createTestDatabase() : undefined;
    const imports = [
      ...(database === undefined ? [] : [TypeOrmModule.forRoot({ type: 'postgres', url: database.url })]),
      EventSourcingModule.forRoot({ store: kind, subscriptions: { maxRetries: 0 } }),
      EventSourcingModule.forFeature({
        events: [Filled, Raised, Echoed],
        aggregates: [Vault],
        deciders: [tab],
        subscribers: [Echoes],
      }),
    ];
    app = await NestFactory.createApplicationContext(
      { module: class App {}, imports },
      { logger: false, abortOnError: false },
    );
    vaults = app.get(getAggregateRepositoryToken(Vault), { strict: false });
    tabs = app.get(getDeciderToken(tab), { strict: false });
    loads = [];
    app.get(Instrumentation).on(AGGREGATE_LOADED, (load) => loads.push(load));
    seenByHandlers.length = 0;
  });

  afterAll(async () => {
    await app.close();
    await database?.drop();
  });

  const as = <T>(tenantId: string | undefined, work: () => Promise<T>): Promise<T> =>
    app.get(EventContext).run({ tenantId }, work);

  const failureAs = (tenantId: string | undefined, work: () => Promise<unknown>): Promise<unknown> =>
    as(tenantId, work).then(
      () => undefined,
      (error: unknown) => error,
    );

  async function idsOf(events: AsyncIterable<RecordedEvent>): Promise<string[]> {
    return (await all(events)).map(({ streamId, version }) => `${streamId}@${version}`);
  }

  /** A vault of tenant a with a snapshot at version 2 and an event behind it. */
  async function vaultOfA(id: string): Promise<void> {
    await as('a', async () => {
      await vaults.create(id, (vault) => vault.fill(1));
      await vaults.update(id, (vault) => vault.fill(2));
      await vaults.update(id, (vault) => vault.fill(4));
    });
  }

  it.each(['b', 'A', 'a '])(
    'an aggregate of a is not there for %j: not read, not restored, not written',
    async (other) => {
      const id = `closed-${other.codePointAt(0)}-${other.length}`;
      await vaultOfA(id);
      restored.length = 0;
      loads.length = 0;
      const own = await as('a', () => vaults.get(id));
      expect(own.amount).toBe(7);
      expect(restored).toEqual([id]);

      expect(await as(other, () => vaults.find(id))).toBeUndefined();
      expect(await as(other, () => vaults.exists(id))).toBe(false);
      expect(await failureAs(other, () => vaults.get(id))).toBeInstanceOf(AggregateNotFoundError);
      expect(await failureAs(other, () => vaults.snapshot(id))).toBeInstanceOf(AggregateNotFoundError);
      expect(await failureAs(other, () => vaults.update(id, (vault) => vault.fill(8)))).toBeInstanceOf(
        AggregateNotFoundError,
      );
      expect(await failureAs(other, () => vaults.create(id, (vault) => vault.fill(8)))).toBeInstanceOf(
        TenantMismatchError,
      );
      own.fill(8);
      expect(await failureAs(other, () => vaults.save(own))).toBeInstanceOf(TenantMismatchError);

      // Neither the state nor that there is a snapshot came out, and the snapshot is still of use to its owner.
      expect(restored).toEqual([id]);
      expect(loads.slice(1).map(({ version, missReason }) => ({ version, missReason }))).toEqual(
        loads.slice(1).map(() => ({ version: 0, missReason: 'absent' })),
      );
      expect(await app.get(SnapshotStore).load(`vault-${id}`, 1)).toMatchObject({ version: 2, tenantId: 'a' });
      expect((await as('a', () => vaults.get(id))).amount).toBe(7);
      expect(restored).toEqual([id, id]);
    },
  );

  it('an aggregate of nobody is not there for a tenant', async () => {
    await vaults.create('free', (vault) => vault.fill(1));
    expect(await as('a', () => vaults.find('free'))).toBeUndefined();
    expect(await as('a', () => vaults.exists('free'))).toBe(false);
    expect(await failureAs('a', () => vaults.create('free', (vault) => vault.fill(1)))).toBeInstanceOf(
      TenantMismatchError,
    );
  });

  it('no tenant sees all, snapshots too, and writes to nobody’s streams only', async () => {
    await vaultOfA('watched');
    restored.length = 0;
    const vault = await vaults.get('watched');
    expect([vault.amount, ...restored]).toEqual([7, 'watched']);
    expect(await vaults.exists('watched')).toBe(true);
    vault.fill(1);
    expect(await failureAs(undefined, () => vaults.save(vault))).toBeInstanceOf(TenantMismatchError);
    // One taken by hand belongs to the stream's tenant, whoever asks for it.
    expect(await vaults.snapshot('watched')).toBe(true);
    expect(await app.get(SnapshotStore).load('vault-watched', 1, 'a')).toMatchObject({ version: 3, tenantId: 'a' });
    expect(await app.get(SnapshotStore).load('vault-watched', 1, 'b')).toBeUndefined();
  });

  it('a decider of a is at its beginning for b, and refuses what b decides', async () => {
    await as('a', () => tabs.execute('1', 5));
    expect(await as('b', () => tabs.load('1'))).toMatchObject({ version: 0, state: 0, position: undefined });
    expect(await as('b', () => tabs.exists('1'))).toBe(false);
    expect(await failureAs('b', () => tabs.execute('1', 7))).toBeInstanceOf(TenantMismatchError);
    expect(await as('a', () => tabs.load('1'))).toMatchObject({ version: 1, state: 5 });
  });

  it('reads of the store that name a tenant give nothing of another one', async () => {
    const [store, storage] = [app.get(EventStore), app.get(EventStorage)];
    const after = await store.headPosition();
    for (const n of [1, 2, 3, 4]) {
      await store.append(`box-${n}`, [new Filled(n), new Filled(n)], { tenantId: n % 2 === 0 ? 'a' : 'b' });
    }
    await store.append('box-5', [new Filled(5)]);
    const everyOne = 'box-1@1 box-1@2 box-2@1 box-2@2 box-3@1 box-3@2 box-4@1 box-4@2 box-5@1'.split(' ');
    const ofA = ['box-2@1', 'box-2@2', 'box-4@1', 'box-4@2'];
    expect(await idsOf(store.readAll({ after, categories: ['box'] }))).toEqual(everyOne);
    expect(await idsOf(store.readAll({ after, categories: ['box'], tenantId: 'a' }))).toEqual(ofA);
    expect(await idsOf(store.readCategory('box', { after, tenantId: 'a' }))).toEqual(ofA);
    expect(await idsOf(store.readCategory('box', { after, tenantId: 'c' }))).toEqual([]);
    expect(await idsOf(store.readStream('box-1', { tenantId: 'a' }))).toEqual([]);
    expect(await store.streamVersion('box-1', { tenantId: 'a' })).toBe(0);
    expect(await store.streamVersion('box-2', { tenantId: 'a' })).toBe(2);
    expect(await store.streamVersion('box-1')).toBe(2);

    // As a subscription limited to a tenant reads: page by page, past what is not its own.
    const found: string[] = [];
    let position = after;
    for (let page = await storage.readFeed({ after, limit: 1 }); page.events.length > 0; position = page.upTo) {
      page = await storage.readFeed({ after: position, limit: 1, filter: { categories: ['box'], tenantId: 'a' } });
      found.push(...page.events.map(({ streamId, version }) => `${streamId}@${version}`));
    }
    expect(found).toEqual(ofA);
  });

  it('handlers run as the tenant of their event: what they read, append and park is that tenant’s', async () => {
    for (const tenantId of ['a', 'b']) {
      await as(tenantId, () => vaults.create(`of-${tenantId}`, (vault) => vault.fill(1)));
    }
    seenByHandlers.length = 0;
    let position: bigint | undefined;
    for (const by of [1, 2, -1, -2]) {
      const tenantId = by % 2 === 0 ? 'b' : 'a';
      ({ position } = await as(tenantId, () => tabs.execute(`of-${tenantId}-${by}`, by)));
    }
    await app.get(SubscriptionManager).waitFor(position!, { subscription: 'echoes', timeoutMs: 60_000 });
    const seen = (tenantId: string) => ({
      tenantId,
      current: tenantId,
      own: true,
      foreign: false,
      refused: expect.any(TenantMismatchError),
    });
    expect(seenByHandlers).toEqual([seen('a'), seen('b')]);

    const echoes = await all(app.get(EventStore).readCategory('echo'));
    expect(echoes.map(({ tenantId, data }) => [tenantId, (data as Echoed).of]).slice(-2)).toEqual([
      ['a', 'tab-of-a-1'],
      ['b', 'tab-of-b-2'],
    ]);
    const deadLetters = app.get(DeadLetterQueue);
    const { letters } = await deadLetters.list({ tenantId: 'a' });
    expect(letters.map(({ streamId, tenantId }) => [streamId, tenantId])).toEqual([['tab-of-a--1', 'a']]);
    expect((await deadLetters.list({ tenantId: 'c' })).letters).toEqual([]);
    expect(await deadLetters.redrive({ tenantId: 'c' })).toBe(0);
  });
});

async function all(events: AsyncIterable<RecordedEvent>): Promise<RecordedEvent[]> {
  const found: RecordedEvent[] = [];
  for await (const event of events) found.push(event);
  return found;
}
