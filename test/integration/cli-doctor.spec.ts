import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type pg from 'pg';
import { EXPECTED_OBJECTS } from '../../libs/event-sourcing/src/database/index.js';
import { append, COUNTED, CountedEngines, numberOf, runTo } from '../support/counted-engines.js';
import type { Engine } from '../support/engine.js';
import { eventually } from '../support/eventually.js';
import { Counted } from '../support/postgres-store.js';
import { createTestRoles, type TestRoles } from '../support/test-roles.js';
import { startBin, Tidemark } from '../support/tidemark-cli.js';

interface Finding {
  readonly code: string;
  readonly severity: 'problem' | 'warning' | 'advice';
  readonly message: string;
  readonly advice: string;
}

interface Examination {
  readonly code: number | null;
  readonly ok: boolean;
  readonly isComplete: boolean;
  readonly findings: readonly Finding[];
}

// Where all cores are taken, processes are slow to start.
jest.setTimeout(180_000);

describe('tidemark doctor', () => {
  let engines: CountedEngines;
  let one: Engine;
  let client: pg.Client;
  let roles: TestRoles;
  let url: string;
  let name: string;
  let tidemark: Tidemark;

  beforeAll(async () => {
    engines = await CountedEngines.open();
    ({ url } = engines.database);
    name = new URL(url).pathname.slice(1);
    client = await engines.database.client();
    tidemark = new Tidemark(url);
    await client.query(`alter database ${name} set idle_in_transaction_session_timeout = '1h'`);
    roles = createTestRoles(engines.database, 'tidemark');
    one = await engines.create(
      {
        kind: 'subscriber',
        handle: async (event) => {
          if (numberOf(event) === 13) throw new RangeError('no');
        },
      },
      { maxRetries: 0, leaseTtlMs: 20_000 },
    );
    await runTo(one, await append(one, 3));
  });

  afterAll(async () => {
    await tidemark.end();
    await client.end();
    await roles.drop();
    await engines.close();
  });

  async function examine(at = url, ...args: string[]): Promise<Examination> {
    const { code, stdout, stderr } = await tidemark.runAt(at, 'doctor', '--json', ...args);
    expect(stderr).toBe('');
    const document = JSON.parse(stdout) as Omit<Examination, 'code'>;
    for (const { message, advice } of document.findings) {
      expect(message.length).toBeGreaterThan(10);
      expect(advice.length).toBeGreaterThan(10);
    }
    return { code, ...document };
  }

  // The server is shared, and others may have many of its connections.
  const codes = ({ findings }: Examination): string[] =>
    findings.flatMap(({ code }) => (code === 'connections' ? [] : [code])).toSorted();
  const found = ({ findings }: Examination, code: string): Finding => {
    const finding = findings.find((one) => one.code === code);
    if (finding === undefined) throw new Error(`no ${code} among ${JSON.stringify(findings)}`);
    return finding;
  };

  it('finds nothing but advice where all is well', async () => {
    const [document, screen] = await Promise.all([examine(), startBin(url, 'doctor').ended]);
    expect(document.isComplete).toBe(true);
    expect(codes(document)).toEqual(['user-is-owner']);
    const isWell = document.findings.length === 1;
    expect(document).toMatchObject({ ok: isWell, code: isWell ? 0 : 4 });
    expect(screen.stderr).toBe('');
    expect(screen.stdout).toMatch(/^advice {4}user-is-owner\n {10}User/m);
    expect(screen.stdout).toMatch(/0 problems, \d warnings?, 1 piece of advice\.\n$/);
    for (const line of screen.stdout.split('\n')) expect(line.length).toBeLessThanOrEqual(100);
  });

  it('knows what the migrations make', async () => {
    const { rows } = await client.query<{ kind: string; name: string }>(
      `select case relkind when 'i' then 'index' else 'table' end as kind, relname as name from pg_class
       where relnamespace = 'tidemark'::regnamespace and relkind in ('i', 'r')
       union all select 'trigger', tgname from pg_trigger t join pg_class c on c.oid = t.tgrelid
       where relnamespace = 'tidemark'::regnamespace and not tgisinternal
       union all select 'function', proname from pg_proc where pronamespace = 'tidemark'::regnamespace`,
    );
    const made = Object.groupBy(rows, ({ kind }) => kind);
    for (const [kind, expected] of Object.entries(EXPECTED_OBJECTS)) {
      // The list of migrations is TypeORM's, and so are the names of its constraints.
      const names = (made[kind] ?? []).map((row) => row.name).filter((one) => !one.startsWith('PK_'));
      expect({ kind, names: names.toSorted() }).toEqual({ kind, names: expected });
    }
  });

  it('finds who holds the horizon and what is open for long, prepared transactions included', async () => {
    const holder = await engines.database.client();
    await holder.query("set application_name = 'a forgetful one'");
    await holder.query('begin');
    await holder.query('select tidemark.hold_horizon()');
    await one.store.append('held-1', [new Counted(0, 0)]);
    const pid = (await holder.query<{ pid: number }>('select pg_backend_pid() as pid')).rows[0]!.pid;
    const { rows } = await client.query<{ n: number }>("select current_setting('max_prepared_transactions')::int as n");
    const canPrepare = rows[0]!.n > 0;
    if (canPrepare) {
      await client.query('begin');
      await client.query('create table prepared ()');
      await client.query(`prepare transaction '${name}'`);
    }
    const [impatient, patient] = await Promise.all([
      examine(url, '--horizon-seconds', '0', '--transaction-seconds', '0'),
      examine(url, '--horizon-seconds', '3600', '--transaction-seconds', '3600'),
    ]);
    if (canPrepare) await client.query(`rollback prepared '${name}'`);
    await holder.query('rollback');
    await holder.end();
    expect(impatient).toMatchObject({ code: 4, ok: false });
    const held = found(impatient, 'horizon-held');
    expect(held.severity).toBe('problem');
    expect(held.message).toMatch(new RegExp(`backend ${pid} \\(a forgetful one, user \\w+, idle in transaction\\)`));
    expect(held.advice).toContain(`pg_terminate_backend(${pid})`);
    expect(
      impatient.findings.filter(({ code }) => code === 'long-transaction').map(({ message }) => message),
    ).toContainEqual(expect.stringMatching(new RegExp(`Backend ${pid} \\(a forgetful one`)));
    expect(codes(impatient).includes('prepared-transaction')).toBe(canPrepare);
    expect(codes(patient)).toEqual(['user-is-owner']);
  });

  it('finds commits that do not wait for the disk, of the database and of a role', async () => {
    const weak = new URL(await roles.user('weak', '')).username;
    await client.query(`alter database ${name} set synchronous_commit = off`);
    await client.query(`alter role ${weak} in database ${name} set synchronous_commit = off`);
    const examination = await examine();
    await client.query(`alter database ${name} reset synchronous_commit`);
    await client.query(`alter role ${weak} in database ${name} reset synchronous_commit`);
    expect(examination.code).toBe(4);
    expect(found(examination, 'synchronous-commit-off').severity).toBe('problem');
    expect(found(examination, 'role-synchronous-commit-off').message).toContain(weak);
  });

  it('finds subscriptions that stand still, processes that died, checkpoints beyond the head and dead letters', async () => {
    await one.store.append('s-13', [new Counted(0, 13)]);
    await eventually(async () => (await one.deadLetters.stats()).parked === 1, Boolean, 60_000);
    await one.directory.setPaused(COUNTED, 'a look');
    const notes = { kind: 'projection', version: 1, partitions: 2, resettable: true } as const;
    await one.directory.register({ ...notes, name: 'never-run' });
    await one.directory.register({ ...notes, name: 'abandoned' });
    await one.directory.register({ ...notes, name: 'restored', partitions: 1 });
    await one.directory.register({ ...notes, name: 'asked-for', partitions: 1 });
    await one.directory.requestRebuild('asked-for');
    await client.query("insert into tidemark.checkpoints values ('restored', 0, 1000000, 1)");
    await client.query("insert into tidemark.checkpoints values ('abandoned', 0, 1, 1), ('abandoned', 1, 1, 1)");
    await client.query("insert into tidemark.leases values ('abandoned', 1, 1, 'dead/1', now() - interval '2 hours')");
    await client.query("insert into tidemark.members values ('dead/1', '{abandoned}', now() - interval '50 minutes')");
    const examination = await examine();
    expect(examination.code).toBe(4);
    expect(codes(examination)).toEqual([
      'checkpoint-ahead',
      'dead-letters-parked',
      'lease-stale',
      'member-stale',
      'rebuild-not-begun',
      'subscription-never-started',
      'subscription-paused',
      'subscription-unowned',
      'subscription-unowned',
      'user-is-owner',
    ]);
    expect(examination.findings[0]).toMatchObject({ code: 'checkpoint-ahead', severity: 'problem' });
    expect(found(examination, 'subscription-paused').message).toContain('a look');
    expect(found(examination, 'subscription-never-started').advice).toContain('Start a process');
    expect(found(examination, 'lease-stale').message).toMatch(/'dead\/1'.*2 h ago: abandoned\/1/);
    expect(found(examination, 'member-stale').message).toMatch(/'dead\/1' ended 5\d min ago/);
    expect(found(examination, 'dead-letters-parked').message).toContain('1 parked dead letter');
    await client.query("delete from tidemark.subscriptions where name <> 'counted'");
    await client.query("delete from tidemark.leases where owner = 'dead/1'");
    await client.query("delete from tidemark.members where owner = 'dead/1'");
    await client.query("delete from tidemark.checkpoints where subscription <> 'counted'");
    await one.directory.setPaused(COUNTED, undefined);
  });

  it('finds rights that are missing or too many, and knows a reader', async () => {
    await roles.grant();
    const [appUrl, readerUrl, strangerUrl] = [
      await roles.user('orders', `in role ${roles.app}`),
      await roles.user('reports', `in role ${roles.readonly}`),
      await roles.user('stranger', ''),
    ];
    const [app, reader, stranger] = await Promise.all([examine(appUrl), examine(readerUrl), examine(strangerUrl)]);
    const hidden = 'sessions-hidden';
    expect(codes(app)).toEqual(['dead-letters-parked', hidden]);
    expect(codes(reader)).toEqual(['dead-letters-parked', hidden, 'user-reads-only']);
    expect({ ...stranger, findings: codes(stranger) }).toMatchObject({
      code: 4,
      isComplete: false,
      findings: ['rights-missing', hidden],
    });
    await roles.asAdmin(
      `revoke update on tidemark.checkpoints from ${roles.app}`,
      `grant delete on tidemark.events to ${roles.app}`,
    );
    const changed = await examine(appUrl);
    expect(found(changed, 'rights-missing').message).toMatch(/lacks .*: update on checkpoints\.$/);
    expect(found(changed, 'rights-too-wide').severity).toBe('warning');
  });

  it('finds what is missing of the schema, and a schema that is not there', async () => {
    await client.query('drop index tidemark.dead_letters_open');
    await client.query(
      "update pg_index set indisvalid = false where indexrelid = 'tidemark.dead_letters_closed'::regclass",
    );
    await client.query('alter table tidemark.events disable trigger events_append_only');
    await client.query("delete from tidemark.migrations where name like '0004%'");
    const [damaged, absent] = await Promise.all([examine(), examine(url, '--schema', 'elsewhere')]);
    expect(damaged).toMatchObject({ code: 4, isComplete: true });
    expect(found(damaged, 'index-missing').message).toContain("'dead_letters_open'");
    expect(found(damaged, 'index-invalid').message).toContain("'dead_letters_closed'");
    expect(found(damaged, 'trigger-disabled').message).toContain("'events_append_only'");
    expect(found(damaged, 'schema-outdated').advice).toContain('tidemark migrate up');
    expect(absent).toMatchObject({ code: 4, isComplete: false });
    expect(found(absent, 'schema-missing').message).toContain("'elsewhere'");
  });
});
