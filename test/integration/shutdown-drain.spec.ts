import { describe, expect, it } from '@jest/globals';
import {
  type Drainable,
  SHUTDOWN_COMPLETED,
  SHUTDOWN_INITIATED,
  type ShutdownDrain,
  type ShutdownResult,
  Instrumentation,
} from '@tidemark/event-sourcing';
import { eventually } from '../support/eventually.js';
import { Gate, shutdownBench } from '../support/shutdown-bench.js';

describe('the drain of a shutdown', () => {
  const { note, start, append, stateOf, lockSeen, staysSo, resumes, lines } = shutdownBench();

  it('lets the batch under way finish, takes no other, and tells the truth about it', async () => {
    const gate = new Gate();
    const { drain, store, instrumentation, app } = await start(async (event, context) => {
      await note(event, context);
      if (event.version === 2) await gate.pass(context?.signal);
    });
    const told: object[] = [];
    instrumentation.on(SHUTDOWN_INITIATED, (fact) => told.push(fact));
    instrumentation.on(SHUTDOWN_COMPLETED, (fact) => told.push(fact));
    const last = await append(store, 20);
    await gate.reached.promise;
    const before = await stateOf();
    expect(before).toMatchObject({ seen: 0, owned: 1, members: 1 });
    expect(drain.phase).toBe('running');

    const ending: Promise<ShutdownResult> = drain.requestShutdown('a test');
    expect(drain.phase).not.toBe('running');
    await eventually(() => drain.phase === 'draining');
    gate.opened.resolve();
    const result = await ending;
    const after = await stateOf();
    expect(after).toMatchObject({ seen: 5, owned: 0, members: 0, handled: 5 });
    expect(result).toEqual({
      phase: 'stopped',
      reason: 'a test',
      durationSeconds: expect.any(Number),
      forced: false,
      inFlightAtStart: 5,
      eventsDrained: after.seen,
      eventsNotDrained: 0,
      checkpointsSaved: 1,
      leasesReleased: before.owned - after.owned,
    });
    expect(told).toEqual([{ reason: 'a test', inFlight: 5 }, result]);
    expect(lines().filter((line) => line.includes('Shutdown'))).toEqual([
      'Shutdown (a test) begins, 5 events are in flight',
      expect.stringMatching(
        /^Shutdown \(a test\) stopped after \d.* s: 5 events were in flight, 5 drained, 0 rolled back; 1 checkpoints saved, 1 leases released$/,
      ),
    ]);
    await app.close();
    expect(told).toHaveLength(2);
    await resumes(last);
  });

  it.each([
    ['drainTimeoutMs is over', { shutdown: { drainTimeoutMs: 50 } }, (): void => undefined],
    ['it is forced', {}, (drain: ShutdownDrain): void => drain.force()],
    ['it is requested again', {}, (drain: ShutdownDrain): void => void drain.requestShutdown('again')],
  ] as const)('rolls back what does not end before %s', async (_, options, hurry) => {
    const gate = new Gate();
    const { drain, store } = await start(async (event, context) => {
      await note(event, context);
      if (event.version === 2) await gate.pass(context?.signal);
    }, options);
    const last = await append(store, 20);
    await gate.reached.promise;
    const ending = drain.requestShutdown('a test');
    hurry(drain);
    const result = await ending;
    expect(result).toMatchObject({ phase: 'forced', forced: true, reason: 'a test', inFlightAtStart: 5 });
    expect(result).toMatchObject({ eventsDrained: 0, eventsNotDrained: 5, checkpointsSaved: 0, leasesReleased: 1 });
    expect(result.durationSeconds).toBeLessThan(5);
    expect(await stateOf()).toMatchObject({ seen: 0, owned: 0, members: 0, handled: 0 });
    await resumes(last);
  });

  it('counts what is done and what is rolled back of one page, event by event', async () => {
    const gate = new Gate();
    const { drain, store } = await start(
      async (event, context) => {
        await note(event, context);
        if (event.version === 3) await gate.pass(context?.signal);
      },
      { shutdown: { drainTimeoutMs: 50 }, subscriptions: { checkpointStrategy: 'every_event' } },
    );
    const last = await append(store, 5);
    await gate.reached.promise;
    const result = await drain.requestShutdown('a test');
    // Two were behind their checkpoints when it was asked for.
    expect(result).toMatchObject({ inFlightAtStart: 3, eventsDrained: 0, eventsNotDrained: 3, checkpointsSaved: 0 });
    expect(await stateOf()).toMatchObject({ seen: 2, handled: 2 });
    await resumes(last);
  });

  it('is forced by a second signal, not by the first one told twice', async () => {
    const gate = new Gate();
    const { app, drain, store } = await start(async (_, context) => gate.pass(context?.signal));
    await append(store, 1);
    await gate.reached.promise;
    const told = Promise.withResolvers<ShutdownResult>();
    app.get(Instrumentation).on(SHUTDOWN_COMPLETED, told.resolve);
    const listeners = process.listenerCount('SIGTERM');
    const closing = app.close();
    await eventually(() => drain.phase === 'draining');
    expect(process.listenerCount('SIGTERM')).toBe(listeners + 1);
    process.emit('SIGTERM');
    await staysSo(() => drain.phase === 'draining', 550);
    process.emit('SIGTERM');
    expect(await told.promise).toMatchObject({ forced: true, eventsNotDrained: 1, reason: 'the app is closed' });
    await closing;
    expect(process.listenerCount('SIGTERM')).toBe(listeners);
    expect(await stateOf()).toMatchObject({ owned: 0, seen: 0 });
  });

  it('cancels a statement that waits for a lock, instead of waiting along', async () => {
    const { drain, store } = await start(note, { shutdown: { drainTimeoutMs: 50 } });
    const locker = await lockSeen();
    const last = await append(store, 7);
    await eventually(() => locker.awaited());
    const result = await drain.requestShutdown('a test');
    expect(result).toMatchObject({ phase: 'forced', inFlightAtStart: 5, eventsDrained: 0, eventsNotDrained: 5 });
    expect(result).toMatchObject({ checkpointsSaved: 0, leasesReleased: 1 });
    // Nobody waits for the lock any more, though it is held still.
    expect(await locker.awaited()).toBe(false);
    expect(result.durationSeconds).toBeLessThan(20);
    await locker.release();
    expect(await stateOf()).toMatchObject({ seen: 0, owned: 0, members: 0, handled: 0 });
    await resumes(last);
  });

  it('waits no longer than shutdownTimeoutMs for whoever takes part, and drains the others', async () => {
    const { drain, store, manager } = await start(note, { shutdown: { drainTimeoutMs: 20, shutdownTimeoutMs: 3_000 } });
    await manager.waitFor(await append(store, 3), { subscription: 'noted' });
    const signals: AbortSignal[] = [];
    const never: Drainable = {
      name: 'one that never ends',
      inFlight: () => 7,
      stopTaking: () => undefined,
      drain: async (signal) => void signals.push(signal),
      settle: () => new Promise(() => undefined),
      outcome: () => ({ eventsDrained: 1, eventsNotDrained: 6, checkpointsSaved: 2, leasesReleased: 3 }),
    };
    drain.register(never);
    const result = await drain.requestShutdown('a test');
    expect(result).toMatchObject({ phase: 'forced', inFlightAtStart: 7, eventsDrained: 1, eventsNotDrained: 6 });
    expect(result).toMatchObject({ checkpointsSaved: 2, leasesReleased: 4 });
    expect(result.durationSeconds).toBeGreaterThanOrEqual(2.9);
    expect(result.durationSeconds).toBeLessThan(10);
    expect(signals[0]!.aborted).toBe(true);
    expect(await stateOf()).toMatchObject({ owned: 0, members: 0 });
  });

  it('goes on with the others where one that takes part fails, and says so', async () => {
    const { drain } = await start(note);
    await eventually(async () => (await stateOf()).owned === 1);
    const outcome = { eventsDrained: 0, eventsNotDrained: 0, checkpointsSaved: 0, leasesReleased: 0 };
    const fails = async (): Promise<void> => Promise.reject(new Error('no such luck'));
    const steps = { inFlight: () => 0, stopTaking: () => undefined, drain: fails, settle: fails };
    drain.register({ name: 'the relay', ...steps, outcome: () => outcome });
    expect(await drain.requestShutdown('a test')).toMatchObject({ phase: 'stopped', leasesReleased: 1 });
    expect(lines()).toContain('error The end of the relay failed: no such luck');
  });
});
