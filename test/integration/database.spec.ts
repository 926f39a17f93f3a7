import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { DataSource, type DataSourceOptions } from 'typeorm';
import { ConfigurationError, InvalidArgumentError, SchemaMigrator } from '@tidemark/event-sourcing';
import {
  ConnectionLostError,
  constraintOf,
  isConnectionError,
  PostgresDatabase,
  PostgresLeaseStore,
  SQLSTATE,
  sqlStatement,
  sqlStateOf,
} from '../../libs/event-sourcing/src/database/index.js';
import { openDatabase } from '../support/open-database.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';
import { createTestRoles, type TestRoles } from '../support/test-roles.js';

const COUNT_LEASES = sqlStatement(
  'count_leases',
  'select count(*)::integer as count from {schema}.leases where epoch >= $1',
);
const PREPARED = sqlStatement('prepared', 'select name from pg_prepared_statements order by name');
const VALUES = sqlStatement(
  'values',
  `select true as yes, null as nothing, 9007199254740993::bigint as big, 7::smallint as small, 8::integer as whole,
          0.5::float8 as half, 1.10::numeric as exact, '{"a": 1}'::json as json,
          $1::timestamptz as time, timestamptz '2026-11-21 10:25:20.776916+00' as precise`,
);
const TIME = sqlStatement('time', 'select $1::timestamptz as time');

describe('PostgresDatabase', () => {
  let database: TestDatabase;
  let roles: TestRoles;

  beforeAll(async () => {
    database = await createTestDatabase();
    roles = createTestRoles(database, 'tidemark');
  });

  afterAll(async () => {
    await roles.drop();
    await database.drop();
  });

  async function open(
    { preparedStatements = true, schema = 'tidemark' } = {},
    options: Partial<DataSourceOptions> = {},
  ): Promise<PostgresDatabase> {
    return new PostgresDatabase(await database.connect(options), { schema, preparedStatements });
  }

  const failureOf = (work: Promise<unknown>): Promise<unknown> =>
    work.then(
      () => undefined,
      (error: unknown) => error,
    );

  describe('statements', () => {
    // Names that agree beyond what PostgreSQL keeps of a statement's name, and one that means something to replace().
    const schemas = ['tidemark', `${'x'.repeat(62)}a`, `${'x'.repeat(62)}b`, 'a$$b', 'a$b'];

    it('of two schemas do not collide on one connection', async () => {
      const dataSource = await database.connect({ poolSize: 1 });
      for (const schema of schemas) await new SchemaMigrator(dataSource.options, schema).up();
      const databases = schemas.map((schema) => openDatabase(dataSource, { schema }));
      for (const [index, store] of databases.entries()) {
        const leases = new PostgresLeaseStore(store);
        for (let partition = 0; partition < index; partition++) {
          await leases.acquire({ subscription: 's', partition }, 'me', 60_000);
        }
      }
      const counts = [];
      for (const store of [...databases, ...databases]) counts.push(...(await store.query(COUNT_LEASES, [0])));
      expect(counts).toEqual([0, 1, 2, 3, 4, 0, 1, 2, 3, 4].map((count) => ({ count })));
    });

    it('are prepared once per connection', async () => {
      const store = await open({}, { poolSize: 1 });
      for (let n = 0; n < 3; n++) await store.query(COUNT_LEASES, [0]);
      expect(await store.query(PREPARED)).toEqual([{ name: 'count_leases@tidemark' }, { name: 'prepared@tidemark' }]);
    });

    it('are not prepared where that is switched off', async () => {
      const store = await open({ preparedStatements: false }, { poolSize: 1 });
      for (let n = 0; n < 3; n++) await store.query(COUNT_LEASES, [0]);
      expect(await store.query(PREPARED)).toEqual([]);
    });

    it('run in the transaction of a manager, which sees what nobody else sees yet', async () => {
      const store = await open();
      const insert = sqlStatement(
        'add',
        "insert into {schema}.leases (subscription, partition, epoch) values ('tx', 0, 99)",
      );
      await store.transaction(async (manager) => {
        await store.query(insert, [], manager);
        expect(await store.query(COUNT_LEASES, [99], manager)).toEqual([{ count: 1 }]);
        expect(await store.query(COUNT_LEASES, [99])).toEqual([{ count: 0 }]);
        expect(await manager.query('show transaction_isolation')).toEqual([
          { transaction_isolation: 'read committed' },
        ]);
      });
      expect(await store.query(COUNT_LEASES, [99])).toEqual([{ count: 1 }]);
    });

    it('refuse a manager that is in no transaction', async () => {
      const store = await open();
      const outside = store.dataSource.manager;
      const released = await store.transaction(async (manager) => manager);
      for (const manager of [outside, released]) {
        const error = await failureOf(store.query(COUNT_LEASES, [0], manager));
        expect(error).toBeInstanceOf(InvalidArgumentError);
        expect(error).toMatchObject({ argument: 'manager' });
      }
    });
  });

  it('refuses a DataSource of another kind', () => {
    const dataSource = new DataSource({ type: 'nativescript', database: 'x', driver: {} });
    expect(() => new PostgresDatabase(dataSource, { schema: 'tidemark', preparedStatements: true })).toThrow(
      ConfigurationError,
    );
  });

  describe('column types', () => {
    const EXPECTED = {
      yes: true,
      nothing: null,
      big: 9007199254740993n,
      small: 7,
      whole: 8,
      half: 0.5,
      exact: '1.10',
      json: '{"a": 1}',
      time: new Date('2026-07-01T12:00:00.123Z'),
      precise: new Date('2026-11-21T10:25:20.776Z'),
    };

    it("are the same whatever parsers the app sets on 'pg'", async () => {
      const store = await open();
      const oids = [16, 20, 21, 23, 701, 114, 1184, 1700, 25];
      const own = oids.map((oid) => pg.types.getTypeParser(oid) as (text: string) => unknown);
      try {
        for (const oid of oids) pg.types.setTypeParser(oid, (text) => `parsed by the app: ${text}`);
        expect(await store.query(VALUES, [EXPECTED.time])).toEqual([EXPECTED]);
        const theirs = await store.dataSource.query<object[]>('select 1::bigint as n');
        expect(theirs).toEqual([{ n: 'parsed by the app: 1' }]);
      } finally {
        for (const [index, oid] of oids.entries()) pg.types.setTypeParser(oid, own[index]!);
      }
      expect(await store.query(VALUES, [EXPECTED.time])).toEqual([EXPECTED]);
    });

    it.each(['UTC', 'Asia/Kolkata', 'America/St_Johns', 'Asia/Kathmandu', 'Pacific/Chatham'])(
      'hold times exactly for a role in the zone %s',
      async (zone) => {
        const url = await roles.user(`in_${zone.replaceAll('/', '_').toLowerCase()}`, '');
        await roles.asAdmin(`alter role ${new URL(url).username} set timezone to '${zone}'`);
        const store = new PostgresDatabase(await roles.connect(url), { schema: 'tidemark', preparedStatements: true });
        expect(await store.query(VALUES, [EXPECTED.time])).toEqual([EXPECTED]);
        // Summer time, years of local mean time with odd seconds, and the ends of the calendar.
        for (const time of [
          '2026-01-15T23:59:59.999Z',
          '2026-07-15T00:00:00.000Z',
          '1969-12-31T23:59:59.999Z',
          '1850-06-01T00:00:00.000Z',
          '0099-03-01T00:00:00.000Z',
        ]) {
          expect(await store.query(TIME, [time])).toEqual([{ time: new Date(time) }]);
        }
        for (const [written, time] of [
          ['0044-03-15 12:00:00+00 BC', '-000043-03-15T12:00:00.000Z'],
          ['12026-01-01 00:00:00.5+00', '+012026-01-01T00:00:00.500Z'],
        ] as const) {
          expect(await store.query(TIME, [written])).toEqual([{ time: new Date(time) }]);
        }
      },
    );

    it('say what is wrong where the role writes dates in another style', async () => {
      const url = await roles.user('german', '');
      await roles.asAdmin(`alter role ${new URL(url).username} set datestyle to 'German'`);
      const store = new PostgresDatabase(await roles.connect(url), { schema: 'tidemark', preparedStatements: true });
      expect(String(await failureOf(store.query(TIME, ['2026-01-15T00:00:00Z'])))).toContain('DateStyle');
    });
  });

  describe('errors', () => {
    it('of a constraint come through with their SQLSTATE, from TypeORM and from pg alike', async () => {
      const store = await open();
      const text = "insert into {schema}.leases (subscription, partition) values ('twice', 0), ('twice', 0)";
      const errors = [
        await failureOf(store.query(sqlStatement('twice', text))),
        await failureOf(store.dataSource.query(text.replace('{schema}', 'tidemark'))),
      ];
      expect(errors[1]).toMatchObject({ name: 'QueryFailedError' });
      for (const error of errors) {
        expect(sqlStateOf(error)).toBe(SQLSTATE.uniqueViolation);
        expect(constraintOf(error)).toBe('leases_pkey');
        expect(isConnectionError(error)).toBe(false);
      }
    });

    it('of a connection that was terminated are connection errors, then and afterwards', async () => {
      const store = await open({}, { poolSize: 2 });
      const killer = await database.client();
      const terminate = (pid: number) => killer.query('select pg_terminate_backend($1, 10000)', [pid]);
      const pidOf = sqlStatement('pid', 'select pg_backend_pid() as pid');
      const errors: unknown[] = [];
      const lost = store.transaction(async (manager) => {
        const [row] = await store.query<{ pid: number }>(pidOf, [], manager);
        const sleeping = failureOf(store.query(sqlStatement('sleep', 'select pg_sleep(60)'), [], manager));
        await terminate(row!.pid);
        errors.push(await sleeping);
        errors.push(await failureOf(store.query(pidOf, [], manager)));
        // What a handler meets that goes on with its manager.
        await manager.query('select 1');
      });
      errors.push(await failureOf(lost));
      await killer.end();
      expect(sqlStateOf(errors[0])).toBe('57P01');
      expect(errors.at(-1)).toBeInstanceOf(ConnectionLostError);
      expect(errors.map((error) => [String(error), isConnectionError(error)])).toEqual(
        errors.map((error) => [String(error), true]),
      );
      expect(await store.query(COUNT_LEASES, [1_000])).toEqual([{ count: 0 }]);
    });

    it('of a server that is not there are connection errors', async () => {
      const nowhere = new URL(database.url);
      nowhere.port = '1';
      const noHost = new URL(database.url);
      noHost.hostname = 'nowhere.invalid';
      const noDatabase = new URL(database.url);
      noDatabase.pathname = '/tidemark_is_not_here';
      const errorOf = async ({ href }: URL) => failureOf(new pg.Client({ connectionString: href }).connect());
      expect(isConnectionError(await errorOf(nowhere))).toBe(true);
      expect(isConnectionError(await errorOf(noHost))).toBe(true);
      const missing = await errorOf(noDatabase);
      expect([sqlStateOf(missing), isConnectionError(missing)]).toEqual(['3D000', false]);
    });

    it('of the operating system are no SQLSTATEs, however much they look like one', () => {
      for (const code of ['EPIPE', 'ECONNRESET', 'ETIMEDOUT']) {
        const error = Object.assign(new Error(`write ${code}`), { code });
        expect([sqlStateOf(error), isConnectionError(error)]).toEqual([undefined, true]);
      }
      expect([sqlStateOf(new Error('x')), isConnectionError(new Error('x'))]).toEqual([undefined, false]);
      expect([sqlStateOf(null), isConnectionError('x')]).toEqual([undefined, false]);
    });
  });
});
