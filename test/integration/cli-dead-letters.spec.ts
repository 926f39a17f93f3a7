import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { RecordedEvent } from '../../libs/event-sourcing/src/core/index.js';
import { COUNTED, CountedEngines, numberOf } from '../support/counted-engines.js';
import type { Engine } from '../support/engine.js';
import { eventually } from '../support/eventually.js';
import { Counted } from '../support/postgres-store.js';
import { steady, Tidemark } from '../support/tidemark-cli.js';

interface Letter {
  readonly id: string;
  readonly state: string;
  readonly streamId: string;
  readonly note?: string;
}

// Where all cores are taken, processes are slow to start.
jest.setTimeout(180_000);

describe('tidemark on dead letters', () => {
  let engines: CountedEngines;
  let one: Engine;
  let tidemark: Tidemark;
  const broken = new Set([0, 1, 2]);
  const handled: number[] = [];

  const handle = async (event: RecordedEvent): Promise<void> => {
    const n = numberOf(event);
    if (broken.has(n)) throw new RangeError(`number ${n} is not to be had`);
    handled.push(n);
  };

  beforeAll(async () => {
    engines = await CountedEngines.open();
    tidemark = new Tidemark(engines.database.url);
    one = await engines.create({ handle, kind: 'subscriber' }, { maxRetries: 0, leaseTtlMs: 20_000 });
    await one.manager.start();
    // Each stream: a broken event, and one that queues behind it.
    for (const n of broken) await one.store.append(`s-${n}`, [new Counted(7, n), new Counted(7, n + 10)]);
    await eventually(async () => (await one.deadLetters.stats()).parked === 6, Boolean, 60_000);
  });

  afterAll(async () => {
    await tidemark.end();
    await engines.close();
  });

  const lettersOf = async (...args: string[]): Promise<Letter[]> =>
    (await tidemark.json<{ letters: Letter[] }>('dead-letters', 'list', ...args)).letters;

  it('lists and shows them, payload only where that is asked for', async () => {
    const [table, failed, first, wrong, none] = await Promise.all([
      tidemark.run('dead-letters', 'list'),
      lettersOf('--error', 'RangeError', '--subscription', COUNTED, '--state', 'parked', '--type', 'counted'),
      tidemark.json<{ letters: Letter[]; nextCursor: string }>('dead-letters', 'list', '--limit', '2'),
      tidemark.run('dead-letters', 'list', '--state', 'dead'),
      tidemark.run('dead-letters', 'list', '--state', 'resolved'),
    ]);
    expect(steady(table.stdout).map((line) => line.replace(/ +(AGE|<n> s)$/, '  $1'))).toMatchInlineSnapshot(`
      [
        "ID                                    SUBSCRIPTION  STATE   STREAM  ERROR  AGE",
        "<id of 36 characters>                 counted       parked  s-2     queued behind  <n> s",
        "<id of 36 characters>                 counted       parked  s-2     RangeError  <n> s",
        "<id of 36 characters>                 counted       parked  s-1     queued behind  <n> s",
        "<id of 36 characters>                 counted       parked  s-1     RangeError  <n> s",
        "<id of 36 characters>                 counted       parked  s-0     queued behind  <n> s",
        "<id of 36 characters>                 counted       parked  s-0     RangeError  <n> s",
      ]
    `);
    for (const line of table.stdout.split('\n')) expect([...line].length).toBeLessThanOrEqual(100);
    expect(failed.map(({ streamId }) => streamId)).toEqual(['s-2', 's-1', 's-0']);
    expect(wrong).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('give parked, redriving, resolved, discarded'),
    });
    expect(none).toEqual({ code: 3, stdout: '', stderr: 'tidemark: no dead letter matches.\n' });

    const { id } = failed[2]!;
    const [next, shown, withData, document, unknown] = await Promise.all([
      lettersOf('--cursor', first.nextCursor),
      tidemark.run('dead-letters', 'show', id),
      tidemark.run('dead-letters', 'show', id, '--data'),
      tidemark.json('dead-letters', 'show', id, '--data'),
      tidemark.run(
        'dead-letters',
        'show',
        id.replace(/.$/, (last) => (last === '0' ? '1' : '0')),
      ),
    ]);
    expect([...first.letters, ...next]).toHaveLength(6);
    expect(shown.stdout).toMatch(/error {9}RangeError: number 0 is not to be had\n/);
    expect(shown.stdout).not.toContain('writer');
    expect(withData.stdout).toMatch(/data {10}\{"writer":7,"n":0\}\n/);
    expect(document).toMatchObject({
      id,
      position: '1',
      event: { data: { n: 0 } },
      attempts: [{ errorClass: 'RangeError' }],
    });
    expect(unknown).toMatchObject({ code: 3, stdout: '', stderr: expect.stringContaining('There is no dead letter') });
  });

  it('has them redriven by their process, and tells what came of it', async () => {
    broken.delete(0);
    const healed = await tidemark.json('dead-letters', 'redrive', '--stream', 's-0', '--wait');
    expect(healed).toEqual({ redriving: 2, handled: 2, parkedAgain: 0 });
    expect(handled).toEqual([0, 10]);
    const [failing] = await lettersOf('--stream', 's-1', '--error', 'RangeError');
    const failed = await tidemark.run('dead-letters', 'redrive', failing!.id, '--wait');
    expect(failed).toEqual({ code: 1, stdout: '0 of 1 letter handled, 1 parked again.\n', stderr: '' });
    const nothing = await tidemark.run('dead-letters', 'redrive', '--type', 'unknown');
    expect(nothing).toMatchObject({ code: 3, stdout: '', stderr: expect.stringContaining('no parked letter matches') });
  });

  it('closes them, discarding only where that is confirmed, and never purges an open one', async () => {
    const [[resolve], [discard]] = await Promise.all([
      lettersOf('--stream', 's-1', '--error', 'RangeError'),
      lettersOf('--stream', 's-2', '--error', 'RangeError'),
    ]);
    const [resolved, asked] = await Promise.all([
      tidemark.run('dead-letters', 'resolve', resolve!.id, '--note', 'done by hand'),
      tidemark.run('dead-letters', 'discard', discard!.id),
    ]);
    expect(resolved.stdout).toBe(`Letter ${resolve!.id} of ${COUNTED} is resolved.\n`);
    expect(asked).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/does without this counted of s-2 for good.*--yes/),
    });
    const [again, discarded] = await Promise.all([
      tidemark.run('dead-letters', 'resolve', resolve!.id),
      tidemark.json('dead-letters', 'discard', discard!.id, '--yes', '--note', 'not needed'),
    ]);
    expect(again).toMatchObject({ code: 1, stdout: '', stderr: expect.stringContaining("is 'resolved'") });
    expect(discarded).toMatchObject({ state: 'discarded', note: 'not needed' });
    // What queued behind them is handled now.
    await eventually(() => handled.includes(11) && handled.includes(12), Boolean, 60_000);
    broken.add(3);
    await one.store.append('s-3', [new Counted(7, 3)]);
    await eventually(async () => (await one.deadLetters.stats()).parked === 1, Boolean, 60_000);

    const [early, unasked] = await Promise.all([
      tidemark.run('dead-letters', 'purge', '--before', '1d', '--yes'),
      tidemark.run('dead-letters', 'purge', '--before', '0s'),
    ]);
    expect(early).toMatchObject({ code: 3, stdout: '0 letters deleted.\n' });
    expect(unasked).toMatchObject({ code: 2, stderr: expect.stringContaining('are deleted') });
    expect((await tidemark.run('dead-letters', 'purge', '--before', '0s', '--yes')).stdout).toBe(
      '6 letters deleted.\n',
    );
    expect(await one.deadLetters.stats()).toMatchObject({ parked: 1, resolved: 0, discarded: 0 });
  });

  it('says where nobody runs the subscription of letters that are redriven', async () => {
    await one.manager.stop();
    const { code, stdout, stderr } = await tidemark.run('dead-letters', 'redrive', '--all');
    expect({ code, stdout }).toEqual({ code: 0, stdout: '1 letter redriving.\n' });
    expect(stderr).toContain(`No living process runs '${COUNTED}'`);
  });
});
