import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { textOf } from '../../bench/copy.mjs';
import { seededStream } from '../../bench/seeded-rows.mjs';
import { seed } from '../../bench/seeding.mjs';
import { Counted, createPostgresStore } from '../support/postgres-store.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

const FIRST = 50_123;
const SECOND = 7;

let database: TestDatabase;

beforeAll(async () => {
  database = await createTestDatabase();
  await seed(database.url, FIRST);
  await seed(database.url, SECOND);
});

afterAll(() => database.drop());

describe('a seeded store', () => {
  it('has as many events as were asked for, at positions without a gap, and the heads that belong to them', async () => {
    const dataSource = await database.connect();
    const [found] = await dataSource.query<object[]>(`
      select (select count(*)::int from tidemark.events) as events,
             (select max(position)::int from tidemark.events) as last,
             (select count(*)::int from (select stream_id, count(*) as events, max(version) as version from tidemark.events
                                         group by stream_id) e
              full join tidemark.streams s on s.stream_id = e.stream_id and s.version = e.version and e.events = e.version
              where s.stream_id is null or e.stream_id is null) as wrong_heads`);
    expect(found).toEqual({ events: FIRST + SECOND, last: FIRST + SECOND, wrong_heads: 0 });
  });

  it('can be appended to, and says which stream an event is in', async () => {
    const { store } = createPostgresStore(await database.connect());
    expect(await store.headPosition()).toBe(BigInt(FIRST + SECOND));
    const [row] = await (
      await database.connect()
    ).query<{ stream_id: string }[]>(`select stream_id from tidemark.events where position = $1`, [50_101]);
    expect(seededStream(50_100, FIRST)).toBe(row?.stream_id);
    const { version, position } = await store.append(seededStream(0, FIRST), [new Counted(0, 0)], {
      expectedVersion: 10,
    });
    expect([version, position]).toEqual([11, BigInt(FIRST + SECOND + 1)]);
  });
});

describe('what COPY is sent', () => {
  it('comes as it was, whatever it holds', () => {
    expect([null, 7, 'a\tb', 'a\\nb', 'a\nb\r'].map(textOf)).toEqual(['\\N', '7', 'a\\tb', 'a\\\\nb', 'a\\nb\\r']);
  });
});
