import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { DataSource } from 'typeorm';
import type { PostgresDatabase } from '../../libs/event-sourcing/src/database/index.js';
import { PostgresDeadLetterStore } from '../../libs/event-sourcing/src/dead-letter-queue/index.js';
import { eventually } from '../support/eventually.js';
import { SEEN_TABLE, seenBy } from '../support/observed-app.js';
import { Counted, createPostgresStore } from '../support/postgres-store.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

const WORKER = fileURLToPath(new URL('../support/redrive-worker.mjs', import.meta.url));

describe('a process that is killed between the handler of a redriven event and the commit', () => {
  let database: TestDatabase;
  let dataSource: DataSource;
  let parts: PostgresDatabase;
  const running = new Set<ReturnType<typeof fork>>();

  beforeEach(async () => {
    database = await createTestDatabase();
    dataSource = await database.connect();
    await dataSource.query(SEEN_TABLE);
    await dataSource.query('create table deaths (event_id uuid primary key)');
  });

  afterEach(async () => {
    for (const worker of running) worker.kill('SIGKILL');
    await Promise.all([...running].map((worker) => once(worker, 'close')));
    await parts.close();
    // What a killed process was connected by ends when the server notices.
    await eventually(async () => {
      const others = 'select pid from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()';
      return (await dataSource.query<object[]>(others)).length === 0;
    });
    await database.drop();
  });

  function startWorker(variables: Record<string, string> = {}) {
    const worker = fork(WORKER, { env: { ...process.env, REDRIVE_URL: database.url, ...variables }, execArgv: [] });
    running.add(worker);
    const closed = once(worker, 'close') as Promise<[number | null, NodeJS.Signals | null]>;
    void closed.then(() => running.delete(worker));
    return { worker, ended: closed.then(([code, signal]) => signal ?? code) };
  }

  it('leaves the letter to the next one, and each event is handled once and in order', async () => {
    const { store, database: opened } = createPostgresStore(dataSource);
    parts = opened;
    const letters = new PostgresDeadLetterStore(parts);
    await store.append(
      's-1',
      [0, 1, 2, 3].map((n) => new Counted(0, n)),
    );
    await store.append('s-2', [new Counted(0, 0)]);
    const parking = startWorker();
    await eventually(async () => (await seenBy(dataSource, 'victim')).length === 2);
    parking.worker.kill('SIGTERM');
    expect(await parking.ended).toBe(0);
    expect(await letters.stats()).toMatchObject({ parked: 3, redriving: 0 });
    await letters.requestRedrive({ subscription: 'victim' });

    for (let letter = 0; letter < 3; letter++) {
      expect(await startWorker({ REDRIVE_HEALED: 'yes' }).ended).toBe('SIGKILL');
      expect(await letters.stats()).toMatchObject({ parked: 0, redriving: 3 - letter, resolved: letter });
      expect(await seenBy(dataSource, 'victim')).toHaveLength(2 + letter);
    }
    const last = startWorker({ REDRIVE_HEALED: 'yes' });
    await eventually(async () => (await letters.stats()).resolved === 3);
    last.worker.kill('SIGTERM');
    expect(await last.ended).toBe(0);
    expect(await seenBy(dataSource, 'victim')).toEqual(['s-1@1', 's-2@1', 's-1@2', 's-1@3', 's-1@4']);
    const { letters: all } = await letters.list({}, undefined, 10);
    expect(all.map(({ attempts }) => attempts.length).sort()).toEqual([0, 0, 1]);
  }, 240_000);
});
