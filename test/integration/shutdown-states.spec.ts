import { describe, expect, it } from '@jest/globals';
import { ShuttingDownError, type SubscriptionStatus, type EventSourcingModuleOptions } from '@tidemark/event-sourcing';
import type { EntityManager } from 'typeorm';
import { eventually } from '../support/eventually.js';
import type { Handle } from '../support/observed-app.js';
import { Gate, shutdownBench } from '../support/shutdown-bench.js';

describe('the drain of a shutdown in every state', () => {
  const { note, start, append, stateOf, withSignal, staysSo, resumes, query } = shutdownBench();

  const failing: Handle = async () => Promise.reject(new Error('not today'));
  const states: Record<string, { readonly handle?: Handle; readonly options?: EventSourcingModuleOptions }> = {
    starting: {},
    standby: {},
    live: {},
    retrying: { handle: failing, options: { subscriptions: { maxRetries: 1_000 } } },
    'circuit open': {
      handle: failing,
      options: { subscriptions: { maxRetries: 0, circuitBreaker: { threshold: 1 } } },
    },
    paused: {},
    failed: { handle: failing, options: { subscriptions: { maxRetries: 0, continueOnError: false } } },
  };

  it.each(Object.keys(states))(
    'ends a subscription that is %s, and then nothing runs and nothing is written',
    async (state) => {
      let calls = 0;
      const { handle = note, options } = states[state]!;
      const other = state === 'standby' ? await start(note) : undefined;
      if (other !== undefined) await eventually(async () => (await stateOf()).owned === 1);
      const counting: Handle = async (event, context) => {
        calls += 1;
        await handle(event, context);
      };
      const { drain, manager, store } = await start(counting, options);
      const status = async (): Promise<SubscriptionStatus> => (await manager.status())[0]!;
      if (handle === failing) await append(store, 3);
      if (state === 'paused') await manager.pause('noted', 'a test');
      if (state === 'circuit open') await eventually(status, ({ circuit }) => circuit === 'open');
      else if (state !== 'starting') await eventually(status, (now) => now.state === state);
      const before = await stateOf();
      const result = await drain.requestShutdown('a test');
      expect(result).toMatchObject({
        phase: 'stopped',
        inFlightAtStart: result.eventsDrained + result.eventsNotDrained,
      });
      expect(result.durationSeconds).toBeLessThan(5);
      const after = await stateOf();
      const others = other === undefined ? 0 : 1;
      expect(after).toMatchObject({ owned: others, members: others });
      if (state !== 'starting') expect(result.leasesReleased).toBe(before.owned - after.owned);
      const callsThen = calls;
      await append(store, 5);
      await staysSo(() => calls === callsThen);
      if (other === undefined) expect(await stateOf()).toEqual(after);
      await expect(manager.start()).rejects.toThrow(ShuttingDownError);
      await expect(manager.runToHead()).rejects.toThrow(ShuttingDownError);
    },
  );

  it('ends in the middle of catching up', async () => {
    const { drain, store, manager } = await start(note, { workers: false });
    let last = 0n;
    for (let n = 0; n < 20; n += 1) last = await append(store, 100);
    await manager.start();
    await eventually(async () => (await stateOf()).handled > 50);
    const result = await drain.requestShutdown('a test');
    const after = await stateOf();
    expect(after).toMatchObject({ seen: after.handled, owned: 0 });
    expect(after.seen).toBeLessThan(2_000);
    expect(result).toMatchObject({ phase: 'stopped', eventsDrained: result.inFlightAtStart, eventsNotDrained: 0 });
    expect(result.checkpointsSaved).toBe(result.inFlightAtStart > 0 ? 1 : 0);
    await resumes(last);
  });

  it('rolls back a rebuild that is just beginning, which a successor takes on', async () => {
    const gate = new Gate();
    const reset = async (manager: EntityManager): Promise<void> => {
      await manager.query('delete from seen');
      await gate.pass(undefined);
    };
    const { drain, store, manager } = await start(note, { shutdown: { drainTimeoutMs: 50 } }, reset);
    const time = withSignal(drain);
    const last = await append(store, 7);
    await manager.waitFor(last, { subscription: 'noted' });
    const asked = expect(manager.rebuild('noted')).rejects.toThrow(ShuttingDownError);
    await gate.reached.promise;
    const ending = drain.requestShutdown('a test');
    await eventually(() => time.signal?.aborted);
    gate.opened.resolve();
    // The rebuild has taken the lease away before, so there is none to give back.
    expect(await ending).toMatchObject({ forced: true, eventsDrained: 0, eventsNotDrained: 0, leasesReleased: 0 });
    await asked;
    expect(await stateOf()).toMatchObject({ seen: 7, handled: 7, owned: 0 });
    const rebuild = 'select rebuild_requested_at is not null as asked, rebuild_started_at from tidemark.subscriptions';
    expect(await query(rebuild)).toEqual([{ asked: true, rebuild_started_at: null }]);
  });

  it('ends a start that is under way, and refuses none that waits for it', async () => {
    let calls = 0;
    const { drain, manager, store } = await start(
      async () => {
        calls += 1;
      },
      { workers: false },
    );
    await append(store, 3);
    const starting = manager.start();
    const waiting = expect(starting).rejects.toThrow(ShuttingDownError);
    const result = await drain.requestShutdown('a test');
    await waiting;
    expect(result.phase).toBe('stopped');
    expect(await stateOf()).toMatchObject({ owned: 0, members: 0 });
    await staysSo(() => calls === 0);
  });

  it('tells whoever waits for a run to the head', async () => {
    const gate = new Gate();
    const { drain, manager, store } = await start(async (_, context) => gate.pass(context?.signal), {
      workers: false,
      shutdown: { drainTimeoutMs: 0 },
    });
    await append(store, 3);
    const run = expect(manager.runToHead()).rejects.toThrow(ShuttingDownError);
    await gate.reached.promise;
    await drain.requestShutdown('a test');
    await run;
  });
});
