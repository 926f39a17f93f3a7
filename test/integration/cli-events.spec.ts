import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { EventStore } from '../../libs/event-sourcing/src/event-store/index.js';
import { NewEvent } from '../../libs/event-sourcing/src/core/index.js';
import { Counted, createPostgresStore } from '../support/postgres-store.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';
import { startBin, steady, Tidemark } from '../support/tidemark-cli.js';

const LONG = `count-${'long'.repeat(60)}`;

interface EventDocument {
  readonly position: string;
  readonly streamId: string;
  readonly version: number;
  readonly data?: { readonly n: number };
}

// Where all cores are taken, processes are slow to start.
jest.setTimeout(180_000);

describe('tidemark on streams and events', () => {
  let database: TestDatabase;
  let store: EventStore;
  let url: string;
  let tidemark: Tidemark;

  beforeAll(async () => {
    database = await createTestDatabase();
    ({ url } = database);
    tidemark = new Tidemark(url);
    ({ store } = createPostgresStore(await database.connect()));
    await store.append(
      'count-1',
      [0, 1, 2].map((n) => new Counted(7, n)),
    );
    await store.append('other-1', [new Counted(7, 3)]);
    await store.append('count-2', [new Counted(7, 4)], { tenantId: 'acme' });
    await store.append(LONG, [new NewEvent(new Counted(7, 5), { metadata: { actor: 'ada' } })]);
  });

  afterAll(async () => {
    await tidemark.end();
    await database.drop();
  });

  it('lists streams by category and tenant, page by page', async () => {
    const list = async (...args: string[]) =>
      tidemark.json<{ streams: EventDocument[]; nextAfter: string | null }>('streams', 'list', ...args);
    const [first, tenant, table, none] = await Promise.all([
      list('--category', 'count', '--limit', '2'),
      list('--tenant', 'acme'),
      tidemark.run('streams', 'list'),
      tidemark.run('streams', 'list', '--category', 'coun'),
    ]);
    expect(first).toMatchObject({
      streams: [{ streamId: 'count-1', version: 3 }, { streamId: 'count-2' }],
      nextAfter: 'count-2',
    });
    const second = await list('--category', 'count', '--after', 'count-2');
    expect(second).toMatchObject({ streams: [{ streamId: LONG }], nextAfter: null });
    expect(tenant.streams.map(({ streamId }) => streamId)).toEqual(['count-2']);
    expect(none).toEqual({ code: 3, stdout: '', stderr: 'tidemark: no stream matches.\n' });
    expect(steady(table.stdout)).toMatchInlineSnapshot(`
      [
        "STREAM                                                         VERSION  TENANT  CREATED",
        "count-1                                                              3  -       yyyy-mm-dd hh:mm:ssZ",
        "count-2                                                              1  acme    yyyy-mm-dd hh:mm:ssZ",
        "count-longlonglonglonglonglong…nglonglonglonglonglonglonglong        1  -       yyyy-mm-dd hh:mm:ssZ",
        "other-1                                                              1  -       yyyy-mm-dd hh:mm:ssZ",
      ]
    `);
    for (const line of table.stdout.split('\n')) expect([...line].length).toBeLessThanOrEqual(100);
  });

  it('shows a stream forwards and backwards, and its payload only where that is asked for', async () => {
    const [table, data, backwards, none] = await Promise.all([
      tidemark.run('streams', 'show', 'count-1', '--limit', '2'),
      tidemark.run('streams', 'show', 'count-1', '--from', '3', '--data'),
      tidemark.json<{ events: EventDocument[] }>('streams', 'show', 'count-1', '--backwards', '--from', '2'),
      tidemark.run('streams', 'show', 'count-9'),
    ]);
    expect(steady(table.stdout)).toMatchInlineSnapshot(`
      [
        "count-1: version 3, created yyyy-mm-dd hh:mm:ssZ",
        "",
        "VERSION  POSITION  TYPE     RECORDED              EVENT",
        "      1         1  counted  yyyy-mm-dd hh:mm:ssZ  <id of 36 characters>",
        "      2         2  counted  yyyy-mm-dd hh:mm:ssZ  <id of 36 characters>",
      ]
    `);
    expect(table.stderr).toContain('There are more events');
    expect(table.stdout).not.toContain('writer');
    expect(data.stdout).toContain('3  data      {"writer":7,"n":2}');
    expect(backwards.events.map(({ version }) => version)).toEqual([2, 1]);
    expect(backwards.events.every((event) => !('data' in event))).toBe(true);
    expect(none).toEqual({ code: 3, stdout: '', stderr: "tidemark: There is no stream 'count-9'.\n" });
  });

  it('prints the last events, filtered, as lines or a document per line', async () => {
    const positions = (stdout: string): number[] =>
      stdout
        .trimEnd()
        .split('\n')
        .map((line) => Number((JSON.parse(line) as EventDocument).position));
    const [lines, last, tenant, all, limited, payload, none] = await Promise.all([
      tidemark.run('events', 'tail', '-n', '2'),
      tidemark.run('events', 'tail', '-n', '2', '--category', 'count', '--json'),
      tidemark.run('events', 'tail', '--tenant', 'acme', '--json'),
      tidemark.run('events', 'tail', '--after', '1', '--type', 'cou*', '--json'),
      tidemark.run('events', 'tail', '--after', '0', '--limit', '2', '--json'),
      tidemark.run('events', 'tail', '-n', '1', '--data', '--json'),
      tidemark.run('events', 'tail', '--type', 'x.*,y'),
    ]);
    expect(steady(lines.stdout)).toMatchInlineSnapshot(`
      [
        " POSITION  RECORDED              TYPE            STREAM                                      VERSION",
        "        5  yyyy-mm-dd hh:mm:ssZ  counted         count-2                                           1",
        "        6  yyyy-mm-dd hh:mm:ssZ  counted         count-longlonglonglon…longlonglonglonglong        1",
      ]
    `);
    for (const line of lines.stdout.split('\n')) expect([...line].length).toBeLessThanOrEqual(100);
    expect(positions(last.stdout)).toEqual([5, 6]);
    expect(positions(tenant.stdout)).toEqual([5]);
    expect(positions(all.stdout)).toEqual([2, 3, 4, 5, 6]);
    expect(positions(limited.stdout)).toEqual([1, 2]);
    expect(JSON.parse(payload.stdout)).toMatchObject({ position: '6', data: { n: 5 }, metadata: { actor: 'ada' } });
    expect(lines.stdout + last.stdout).not.toMatch(/writer|ada/);
    expect(none).toEqual({ code: 3, stdout: '', stderr: 'tidemark: no event matches.\n' });
  });

  it('follows the feed behind the horizon, and ends well when it is interrupted', async () => {
    const follower = startBin(url, 'events', 'tail', '-n', '1', '--follow', '--category', 'live', '--json');
    const seen = (): number[] =>
      follower
        .stdout()
        .split('\n')
        // The last one is not printed to its end yet.
        .slice(0, -1)
        .map((line) => Number((JSON.parse(line) as EventDocument).version));
    await store.append('live-1', [new Counted(0, 0)]);
    await follower.until(() => seen().length === 1);
    // What is not settled is not shown, though something after it is committed.
    const holder = await database.client();
    await holder.query('begin');
    await holder.query('select tidemark.hold_horizon()');
    const { position } = await store.append('live-1', [new Counted(0, 1)]);
    const others = await tidemark.run('events', 'tail', '--after', String(position - 1n));
    expect(others.code).toBe(3);
    expect(seen()).toEqual([1]);
    await holder.query('rollback');
    await holder.end();
    await store.append('live-1', [new Counted(0, 2)]);
    await follower.until(() => seen().length === 3);
    follower.interrupt();
    expect(await follower.ended).toMatchObject({ code: 0, stderr: '' });
    expect(seen()).toEqual([1, 2, 3]);
  });
});
