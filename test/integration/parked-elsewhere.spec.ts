import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { RecordedEvent } from '../../libs/event-sourcing/src/core/index.js';
import { countedProjection, createEngine } from '../support/engine.js';
import { Counted } from '../support/postgres-store.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

const POISON = 2;

describe('an event that another process has parked', () => {
  let database: TestDatabase;

  beforeAll(async () => {
    database = await createTestDatabase();
  });

  afterAll(() => database.drop());

  it('holds back what comes behind it in its stream, whoever owns the partition by then', async () => {
    const handled: string[] = [];
    const engine = async (name: string, isPoisoned: boolean) => {
      const handle = async ({ version, data }: RecordedEvent): Promise<void> => {
        await Promise.resolve();
        if (isPoisoned && (data as Counted).n === POISON) throw new Error('poison');
        handled.push(`${name} ${version}`);
      };
      return createEngine(await database.connect(), [countedProjection(handle)], { maxRetries: 0 });
    };
    const [one, other] = [await engine('one', false), await engine('other', true)];
    for (const [n, who] of [one, other, one, other].entries()) {
      await who.store.append('s-1', [new Counted(0, n + 1)]);
      await who.manager.runToHead();
    }
    expect(handled).toEqual(['one 1']);
    const { letters } = await one.deadLetters.list({}, undefined, 10);
    expect(letters.map(({ version, reason }) => `${version} ${reason}`).sort()).toEqual([
      '2 failed',
      '3 queued-behind',
      '4 queued-behind',
    ]);
  });
});
