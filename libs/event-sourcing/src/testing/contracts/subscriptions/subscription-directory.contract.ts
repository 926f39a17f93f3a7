import { randomUUID } from 'node:crypto';
import type { SubscriptionDirectory } from '../../../subscriptions/index.js';
import type { TestApi } from '../test-api.js';

/** A directory for one test. */
export interface SubscriptionDirectoryFixture {
  readonly directory: SubscriptionDirectory;
  /** Called when the test has ended. */
  cleanup(): Promise<void>;
}

/** A kind of directory that the contract is run on. */
export interface SubscriptionDirectoryBackend {
  /** Shown in the names of the tests. */
  readonly name: string;
  /** A directory, empty or with what earlier tests left: each test has names of its own. */
  create(): Promise<SubscriptionDirectoryFixture>;
}

const LONG_MS = 60_000;

/** So short that it is over as soon as somebody looks. */
const SHORT_MS = 1;

/** The behaviour of the subscription directory, as tests. */
export function subscriptionDirectoryContract(
  { describe, it, expect }: TestApi,
  backend: SubscriptionDirectoryBackend,
): void {
  const withDirectory = (work: (directory: SubscriptionDirectory, name: string) => Promise<void>) => async () => {
    const { directory, cleanup } = await backend.create();
    try {
      await work(directory, `s-${randomUUID()}`);
    } finally {
      await cleanup();
    }
  };

  describe(`subscription directory, ${backend.name}`, () => {
    it(
      'keeps version and partitions of what it has noted, and takes neither along where nothing can be rebuilt',
      withDirectory(async (directory, name) => {
        const noted = { name, kind: 'projection', version: 2, partitions: 4, resettable: false } as const;
        expect(await directory.register(noted)).toMatchObject({ version: 2, partitions: 4 });
        for (const version of [1, 2, 3]) {
          const answer = await directory.register({ ...noted, version, partitions: 8 });
          expect(answer).toMatchObject({ version: 2, partitions: 4 });
        }
        const other = await directory.register({ ...noted, name: `${name}-other`, partitions: 8 });
        expect(other).toMatchObject({ version: 2, partitions: 8 });
        expect((await directory.controls()).get(name)?.rebuild).toBe(undefined);
      }),
    );

    it(
      'asks for a rebuild, once, when what can be rebuilt comes with a higher version; a lower one changes nothing',
      withDirectory(async (directory, name) => {
        const noted = { name, kind: 'projection', version: 1, partitions: 4, resettable: true } as const;
        await directory.register(noted);
        expect((await directory.controls()).get(name)?.rebuild).toBe(undefined);
        expect(await directory.register({ ...noted, version: 2, partitions: 8 })).toMatchObject({
          version: 2,
          partitions: 8,
        });
        expect((await directory.controls()).get(name)?.rebuild).toMatchObject({ startedAt: undefined });
        expect(await directory.beginRebuild(name, { target: 7n, total: 5n }, undefined)).toBe(true);
        await directory.register({ ...noted, version: 2, partitions: 8 });
        expect(await directory.register(noted)).toMatchObject({ version: 2, partitions: 8 });
        expect((await directory.controls()).get(name)?.rebuild).toMatchObject({ target: 7n, total: 5n });
      }),
    );

    it(
      'takes a rebuild from its request to its end; only one can begin it, and none is asked for twice',
      withDirectory(async (directory, name) => {
        await directory.register({ name, kind: 'projection', version: 1, partitions: 1, resettable: true });
        const scope = { target: 3n, total: 2n };
        expect(await directory.beginRebuild(name, scope, undefined)).toBe(false);
        await directory.requestRebuild(name);
        await directory.finishRebuild(name);
        expect((await directory.controls()).get(name)?.rebuild).toMatchObject({
          startedAt: undefined,
          finishedAt: undefined,
        });
        expect(await directory.beginRebuild(name, scope, undefined)).toBe(true);
        expect(await directory.beginRebuild(name, scope, undefined)).toBe(false);
        await directory.requestRebuild(name);
        const running = (await directory.controls()).get(name)?.rebuild;
        expect(running).toMatchObject({ ...scope, finishedAt: undefined });
        expect(running?.startedAt instanceof Date).toBe(true);
        await directory.finishRebuild(name);
        expect((await directory.controls()).get(name)?.rebuild?.finishedAt instanceof Date).toBe(true);
        await directory.requestRebuild(name);
        expect((await directory.controls()).get(name)?.rebuild).toMatchObject({
          startedAt: undefined,
          finishedAt: undefined,
        });
      }),
    );

    it(
      'keeps the reason for which a subscription is paused, until it goes on',
      withDirectory(async (directory, name) => {
        const reason = async (): Promise<string | undefined> => (await directory.controls()).get(name)?.pausedReason;
        const noted = { name, kind: 'projection', version: 1, partitions: 1, resettable: true } as const;
        await directory.register(noted);
        expect(await reason()).toBe(undefined);
        await directory.setPaused(name, 'first');
        await directory.setPaused(name, 'second');
        await directory.register({ ...noted, version: 2 });
        expect(await reason()).toBe('second');
        await directory.setPaused(name, undefined);
        expect(await reason()).toBe(undefined);
      }),
    );

    it(
      'knows every subscription that was ever noted, those that nobody runs too',
      withDirectory(async (directory, name) => {
        const noted = { version: 1, partitions: 1, resettable: false } as const;
        await directory.register({ ...noted, name, kind: 'projection' });
        await directory.register({ ...noted, name: `${name}-other`, kind: 'subscriber' });
        await directory.setPaused(name, 'for a while');
        const names = [...(await directory.controls()).keys()].filter((known) => known.startsWith(name));
        expect(names.sort()).toEqual([name, `${name}-other`]);
      }),
    );

    it(
      'gives the number of those that have one, as they last said, and none of the others',
      withDirectory(async (directory, name) => {
        const [numbered, automatic] = [`${name}/a`, `${name}/b`];
        const assignment = { index: 2, total: 4 };
        const member = (owner: string) => ({ owner, subscriptions: [name] });
        await directory.heartbeat({ ...member(numbered), assignment: { index: 1, total: 3 } }, LONG_MS);
        await directory.heartbeat({ ...member(automatic), assignment }, LONG_MS);
        await directory.heartbeat({ ...member(numbered), assignment }, LONG_MS);
        const members = await directory.heartbeat(member(automatic), LONG_MS);
        const own = members.filter(({ owner }) => owner.startsWith(name)).map((one) => [one.owner, one.assignment]);
        expect(own.sort()).toEqual([
          [numbered, assignment],
          [automatic, undefined],
        ]);
      }),
    );

    it(
      'shows each of many that enter at once to all that look after it',
      withDirectory(async (directory, name) => {
        const owners = Array.from({ length: 8 }, (_, n) => `${name}/${n}`);
        const seen = await Promise.all(
          owners.map(async (owner) => {
            const members = await directory.heartbeat({ owner, subscriptions: [name] }, LONG_MS);
            return new Set(members.map((member) => member.owner));
          }),
        );
        for (const [a, first] of owners.entries()) {
          for (const [b, second] of owners.entries()) {
            if (a !== b) expect(seen[a]?.has(second) === true || seen[b]?.has(first) === true).toBe(true);
          }
        }
      }),
    );

    it(
      'gives all that are alive, with what they run, and who asks among them',
      withDirectory(async (directory, name) => {
        await directory.heartbeat({ owner: `${name}/a`, subscriptions: [name, 'x'] }, LONG_MS);
        const members = await directory.heartbeat({ owner: `${name}/b`, subscriptions: [name] }, LONG_MS);
        const own = members.filter(({ owner }) => owner.startsWith(name));
        expect(own.map(({ owner, subscriptions }) => [owner, [...subscriptions].sort()]).sort()).toEqual([
          [`${name}/a`, [name, 'x'].sort()],
          [`${name}/b`, [name]],
        ]);
      }),
    );

    it(
      'forgets who has left, and who was not heard of in time, until they are heard again',
      withDirectory(async (directory, name) => {
        const owners = async (): Promise<string[]> => {
          const members = await directory.heartbeat({ owner: `${name}/me`, subscriptions: [name] }, LONG_MS);
          return members
            .map(({ owner }) => owner)
            .filter((owner) => owner.startsWith(name))
            .sort();
        };
        await directory.heartbeat({ owner: `${name}/gone`, subscriptions: [name] }, LONG_MS);
        await directory.heartbeat({ owner: `${name}/dead`, subscriptions: [name] }, SHORT_MS);
        await directory.leave(`${name}/gone`);
        while ((await owners()).length > 1);
        expect(await owners()).toEqual([`${name}/me`]);
        await directory.heartbeat({ owner: `${name}/dead`, subscriptions: [name] }, LONG_MS);
        expect(await owners()).toEqual([`${name}/dead`, `${name}/me`]);
      }),
    );
  });
}
