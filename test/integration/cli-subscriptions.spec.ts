import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { EntityManager } from 'typeorm';
import type { DeliveryContext, SubscriptionDefinition } from '../../libs/event-sourcing/src/subscriptions/index.js';
import type { RecordedEvent } from '../../libs/event-sourcing/src/core/index.js';
import { append, checkpointOf, COUNTED, CountedEngines, numberOf, runTo, upTo } from '../support/counted-engines.js';
import type { Engine } from '../support/engine.js';
import { eventually } from '../support/eventually.js';
import { startBin, steady, Tidemark } from '../support/tidemark-cli.js';

/** Longer than a process of these tests may be held up. */
const LEASE_TTL_MS = 20_000;
const MAILS = 'mails-of-a-shop-with-quite-a-long-name';

interface Listed {
  readonly subscriptions: {
    readonly name: string;
    readonly state: string;
    readonly partitions: { owner?: string }[];
  }[];
}

// Where all cores are taken, processes are slow to start.
jest.setTimeout(180_000);

describe('tidemark on subscriptions that run in another process', () => {
  let engines: CountedEngines;
  let one: Engine;
  let tidemark: Tidemark;
  const mails: number[] = [];

  const mailer: SubscriptionDefinition = {
    name: MAILS,
    kind: 'subscriber',
    version: 1,
    partitions: 3,
    startFrom: 'beginning',
    types: ['counted'],
    handle: async (event) => void mails.push(numberOf(event)),
  };
  const handle = async (event: RecordedEvent, { manager }: DeliveryContext): Promise<void> => {
    await (manager as EntityManager).query('insert into seen (n) values ($1)', [numberOf(event)]);
  };
  const reset = async (manager: EntityManager | undefined): Promise<void> => {
    await manager?.query('truncate seen');
  };

  beforeAll(async () => {
    engines = await CountedEngines.open('create table seen (k bigserial, n integer)');
    tidemark = new Tidemark(engines.database.url);
    one = await engines.create({ handle, reset }, { leaseTtlMs: LEASE_TTL_MS }, mailer);
    await runTo(one, await append(one, 5));
    await one.manager.waitFor(await one.store.headPosition(), { subscription: MAILS, timeoutMs: 60_000 });
  });

  afterAll(async () => {
    await tidemark.end();
    await engines.close();
  });

  async function seen(): Promise<number[]> {
    const client = await engines.database.client();
    const { rows } = await client.query<{ n: number }>('select n from seen order by k');
    await client.end();
    return rows.map(({ n }) => n);
  }

  it('tells how they stand, on one screen and one by one', async () => {
    const [screen, document, single, unknown] = await Promise.all([
      tidemark.run('status'),
      tidemark.json('status'),
      tidemark.run('subscriptions', 'list', COUNTED),
      tidemark.run('subscriptions', 'list', 'coutned'),
    ]);
    const lines = steady(screen.stdout.replace(/test\/\S+/, '<owner>').replace(/^(database +).*$/m, '$1…'));
    expect(lines).toMatchInlineSnapshot(`
      [
        "database      …",
        "schema        tidemark, 0004_dead_letters_0000000000004",
        "head          5",
        "horizon       5, the head",
        "processes     1 alive",
        "              <owner>",
        "dead letters  none open",
        "",
        "SUBSCRIPTION                            KIND        STATE    POSITION  BEHIND  SINCE  OWNED  DEAD",
        "counted                                 projection  running         5       0      -    1/1     0",
        "mails-of-a-shop-with-quite-a-long-name  subscriber  running         5       0      -    3/3     0",
      ]
    `);
    for (const line of screen.stdout.split('\n')) expect([...line].length).toBeLessThanOrEqual(100);
    expect(document).toMatchObject({
      schema: 'tidemark',
      feed: { head: '5', horizon: '5' },
      processes: [expect.stringContaining('test/')],
      deadLetters: { parked: 0, redriving: 0 },
      subscriptions: [
        { name: COUNTED, state: 'running', position: '5', lagEvents: 0 },
        { name: MAILS, lagEvents: 0 },
      ],
    });
    expect(steady(single.stdout.replace(/test\/\S+/, '<owner>')).slice(2)).toMatchInlineSnapshot(`
      [
        "",
        "PARTITION  POSITION  HANDLED  MOVED                 OWNER",
        "        0         5        5  yyyy-mm-dd hh:mm:ssZ  <owner>",
      ]
    `);
    expect(unknown).toEqual({
      code: 3,
      stdout: '',
      stderr: `tidemark: There is no subscription 'coutned'; known are ${COUNTED}, ${MAILS}.\n`,
    });
  });

  it('pauses until nobody works on it, and lets it go on', async () => {
    const paused = await tidemark.run('subscriptions', 'pause', COUNTED, '--reason', 'a look', '--wait');
    expect(paused).toEqual({ code: 0, stdout: `${COUNTED} is paused. No process works on it.\n`, stderr: '' });
    const last = await append(one, 1, 5);
    const [listed, again] = await Promise.all([
      tidemark.json<Listed>('subscriptions', 'list', COUNTED),
      tidemark.run('subscriptions', 'pause', COUNTED, '--reason', 'a second look'),
    ]);
    expect(listed.subscriptions).toMatchObject([
      { state: 'paused', lagEvents: 1, position: '5', pausedReason: expect.stringMatching('look') },
    ]);
    expect(again.stdout).toContain('(it was already: a look)');
    expect(await seen()).toHaveLength(5);
    const resumed = await tidemark.run('subscriptions', 'resume', COUNTED);
    expect(resumed.stdout).toBe(`${COUNTED} goes on; it was paused: a second look\n`);
    await one.manager.waitFor(last, { subscription: COUNTED, timeoutMs: 60_000 });
    expect((await tidemark.run('subscriptions', 'resume', COUNTED)).stdout).toBe(`${COUNTED} was not paused.\n`);
  });

  it('has them rebuilt by their process, and asks before', async () => {
    const client = await engines.database.client();
    await client.query('insert into seen (n) values (99)');
    await client.end();
    const command = ['subscriptions', 'rebuild', COUNTED];
    const [asked, sideEffects] = await Promise.all([
      tidemark.run(...command),
      tidemark.run('subscriptions', 'rebuild', MAILS, '--yes'),
    ]);
    expect(asked).toMatchObject({
      code: 2,
      stdout: '',
      stderr: expect.stringMatching(/empties its read model.*give --yes/),
    });
    expect(sideEffects).toMatchObject({ code: 2, stderr: expect.stringContaining('--replay-side-effects') });
    expect(await seen()).toContain(99);
    const rebuilt = await tidemark.json(...command, '--wait', '--yes');
    expect(rebuilt).toMatchObject({
      subscription: COUNTED,
      phase: 'finished',
      done: '6',
      total: '6',
      isUnderWay: false,
    });
    expect(await seen()).toEqual(upTo(6));
    expect(mails.toSorted()).toEqual(upTo(6));
  });

  it('puts checkpoints elsewhere only where nothing runs and the consequence was accepted', async () => {
    const command = ['subscriptions', 'reset', COUNTED, '--to', '4'];
    const running = await tidemark.run(...command, '--yes', '--accept-repeats');
    expect(running).toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringMatching(/it is run by test.*subscriptions pause/),
    });
    await tidemark.run('subscriptions', 'pause', COUNTED, '--reason', 'to be put back', '--wait');
    const [unaccepted, unconfirmed, rebuild] = await Promise.all([
      tidemark.run(...command, '--yes'),
      tidemark.run(...command, '--accept-repeats'),
      tidemark.run('subscriptions', 'rebuild', COUNTED, '--yes'),
    ]);
    expect(unaccepted).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/holds them already.*--accept-repeats/),
    });
    expect(unconfirmed).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/go from 6 to 4; its read model stays as it is.*--yes/),
    });
    expect(rebuild).toMatchObject({ code: 1, stderr: expect.stringContaining('is paused (to be put back)') });
    expect(await checkpointOf(one)).toBe(6n);
    expect(await tidemark.json(...command, '--accept-repeats', '--yes')).toEqual({
      subscription: COUNTED,
      position: '4',
      partitions: 1,
      before: [{ partition: 0, position: '6' }],
    });
    await tidemark.run('subscriptions', 'resume', COUNTED);
    await eventually(seen, (numbers) => numbers.length === 8, 60_000);
    expect(await seen()).toEqual([...upTo(6), 4, 5]);
  });

  it('says where nobody runs what is to be rebuilt, and the rebuild outlives whoever waits for it', async () => {
    await one.manager.stop();
    const waiting = startBin(engines.database.url, 'subscriptions', 'rebuild', COUNTED, '--wait', '--yes');
    await waiting.until((_stdout, stderr) => stderr.includes('No living process runs'));
    const asked = (await one.directory.controls()).get(COUNTED)?.rebuild;
    expect(asked).toMatchObject({ requestedAt: expect.any(Date), startedAt: undefined });
    waiting.interrupt();
    expect(await waiting.ended).toMatchObject({
      code: 130,
      stderr: expect.stringContaining('The rebuild goes on by itself.'),
    });
    const again = await tidemark.run('subscriptions', 'rebuild', COUNTED, '--wait', '--timeout', '1');
    expect(again).toMatchObject({ code: 1, stderr: expect.stringContaining('Not done within 1 s.') });
    await one.manager.start();
    await eventually(
      async () => (await one.directory.controls()).get(COUNTED)?.rebuild?.finishedAt !== undefined,
      Boolean,
      240_000,
    );
    expect(await seen()).toEqual(upTo(6));
  });
});
