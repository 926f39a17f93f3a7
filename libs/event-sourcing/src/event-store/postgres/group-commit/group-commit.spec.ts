import { describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import type { EncodedAppend } from '../../event-storage.js';
import { GROUP_COMMIT_DEFAULTS } from '../../group-commit.options.js';
import { InMemoryEventStorage } from '../../in-memory/in-memory-event-storage.js';
import { GroupCommit } from './group-commit.js';

const turn = () => new Promise((resolve) => setImmediate(resolve));

/** A group commit onto a store in memory that answers when it is told to: `sizes` tells what was sent, `answer(n)` answers number n. */
function held() {
  const storage = new InMemoryEventStorage();
  const sizes: number[] = [];
  const answers: PromiseWithResolvers<void>[] = [];
  const store = async (appends: readonly EncodedAppend[]) => {
    sizes.push(appends.length);
    const answer = Promise.withResolvers<void>();
    answers.push(answer);
    await answer.promise;
    return storage.append(appends, { atomic: false });
  };
  const one = async (append: EncodedAppend) => (await store([append]))[0]!;
  const group = new GroupCommit({ one, many: store }, GROUP_COMMIT_DEFAULTS);
  let streams = 0;
  const append = async (count: number): Promise<void> => {
    for (let n = 0; n < count; n++) void group.append(appendTo(`order-${++streams}`));
    await turn();
  };
  const answer = async (n: number): Promise<void> => {
    answers[n]?.resolve();
    await turn();
    await turn();
  };
  return { sizes, append, answer };
}

function appendTo(streamId: string): EncodedAppend {
  const about = { type: 'placed', schemaVersion: 1, data: '{}', metadata: '{}', occurredAt: new Date() };
  return { streamId, expectedVersion: 'any', tenantId: undefined, events: [{ id: randomUUID(), ...about }] };
}

describe('GroupCommit', () => {
  it('sends the first at once, and then all that wait, one batch at a time', async () => {
    const { sizes, append, answer } = held();
    await append(60);
    expect(sizes).toEqual([1]);
    await answer(0);
    expect(sizes).toEqual([1, 59]);
  });

  it('sends many in two halves, the second while the first is under way, and no third', async () => {
    const { sizes, append, answer } = held();
    await append(120);
    expect(sizes).toEqual([1, 60]);
    await answer(0);
    await append(90);
    expect(sizes).toEqual([1, 60, 59]);
  });

  it('sends no few behind many', async () => {
    const { sizes, append, answer } = held();
    await append(120);
    await answer(0);
    await answer(1);
    await append(10);
    expect(sizes).toEqual([1, 60, 59]);
    await append(25);
    expect(sizes).toEqual([1, 60, 59, 35]);
  });
});
