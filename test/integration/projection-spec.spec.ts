import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  DomainEvent,
  On,
  OnBatch,
  Projection,
  type ProjectionContext,
  type RecordedEvent,
} from '@tidemark/event-sourcing';
import { projectionSpec } from '@tidemark/event-sourcing/testing';
import { Column, type DataSource, Entity, type EntityManager, PrimaryColumn } from 'typeorm';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

@DomainEvent('tally.counted')
class TallyCounted {
  constructor(readonly by: number) {}
}

@Entity('tallies')
class Tally {
  @PrimaryColumn('text')
  id!: string;

  @Column('integer')
  total!: number;

  @Column('text', { nullable: true })
  note?: string;
}

@Projection({ name: 'tallies', batchSize: 3 })
class Tallies {
  @On(TallyCounted)
  async counted({ streamId: id, data: { by } }: RecordedEvent<TallyCounted>, { manager }: ProjectionContext) {
    const found = await manager.findOneBy(Tally, { id });
    await manager.save(Tally, { id, total: (found?.total ?? 0) + by });
    if (by === 13) throw new RangeError('not thirteen');
  }
}

@Projection({ name: 'resettable-tallies' })
class ResettableTallies {
  @OnBatch(TallyCounted)
  async counted(events: readonly RecordedEvent<TallyCounted>[], { manager }: ProjectionContext) {
    await manager.query('insert into tallies (id, total) values ($1, $2)', [
      events.map(({ streamId }) => streamId).join(),
      events.length,
    ]);
  }

  async reset(manager: EntityManager): Promise<void> {
    await manager.query('truncate tallies');
  }
}

describe('projectionSpec on PostgreSQL', () => {
  let database: TestDatabase;
  let dataSource: DataSource;

  beforeAll(async () => {
    database = await createTestDatabase('empty');
    dataSource = await database.connect({ entities: [Tally] });
    await dataSource.query('create table tallies (id text primary key, total integer check (total < 1000), note text)');
  });

  afterAll(() => database.drop());

  const tallies = () =>
    projectionSpec({
      projection: new Tallies(),
      dataSource,
      reset: (manager) => manager.query('truncate tallies'),
      rows: (manager) => manager.find(Tally, { order: { id: 'asc' } }),
    });

  it('is met by the rows that the events lead to, however often it is run', async () => {
    const spec = tallies()
      .given('tally-1', new TallyCounted(1), new TallyCounted(2))
      .given('tally-2', new TallyCounted(5));
    const rows = [
      { id: 'tally-1', total: 3, note: null as unknown as string },
      { id: 'tally-2', total: 5, note: null as unknown as string },
    ];
    await spec.then(rows);
    await spec.then(rows);
    await tallies().then([]);
  });

  it('reads rows by a query, and empties the read model as the projection does', async () => {
    const spec = projectionSpec({
      projection: new ResettableTallies(),
      dataSource,
      rows: 'select id, total from tallies order by id',
    });
    await spec
      .given('tally-1', new TallyCounted(1))
      .given('tally-2', new TallyCounted(2))
      .then([{ id: 'tally-1,tally-2', total: 2 }]);
    await spec.given('tally-3', new TallyCounted(1)).then([{ id: 'tally-3', total: 1 }]);
  });

  it('rolls back what a handler wrote before it failed', async () => {
    const spec = tallies().given('tally-1', new TallyCounted(4), new TallyCounted(13), new TallyCounted(5));
    await spec.thenFails(RangeError);
    expect(await dataSource.query('select id, total from tallies')).toEqual([{ id: 'tally-1', total: 4 }]);
    await expect(spec.then([])).rejects.toThrow(
      "but it failed on 'tally.counted' of 'tally-1' (position 2) with\n  RangeError: not thirteen",
    );
  });

  it('meets what the tables refuse', async () => {
    await tallies().given('tally-1', new TallyCounted(1_000)).thenFails({ code: '23514', table: 'tallies' });
  });

  it('shows what was seen where the rows are others', async () => {
    const unmet = tallies()
      .given('tally-1', new TallyCounted(1))
      .then([{ id: 'tally-1', total: 2 }]);
    await expect(unmet).rejects.toMatchObject({
      code: 'ERR_ASSERTION',
      actual: [{ id: 'tally-1', total: 1, note: null }],
      expected: [{ id: 'tally-1', total: 2 }],
    });
  });

  it('leaves nothing of its own behind', async () => {
    await tallies()
      .given('tally-1', new TallyCounted(1))
      .thenFails(Error)
      .catch(() => undefined);
    const schemas = await dataSource.query<object[]>("select nspname from pg_namespace where nspname like 'tidemark%'");
    expect(schemas).toEqual([]);
    expect(dataSource.subscribers).toEqual([]);
  });

  it('asks how to empty the read model', async () => {
    const spec = projectionSpec({ projection: new Tallies(), dataSource, rows: 'select * from tallies' });
    await expect(spec.then([])).rejects.toMatchObject({ code: 'INVALID_ARGUMENT', argument: 'reset' });
  });
});
