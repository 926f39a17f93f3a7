import { describe, expect, it } from '@jest/globals';
import { Runner, type RunnerOptions, type Turn } from './runner.js';

const LONG_MS = 600_000;

/** Lets everything run that waits for nothing but its turn. */
const tick = () => new Promise<void>((resolve) => setImmediate(resolve));

async function ticks(count: number): Promise<void> {
  for (let n = 0; n < count; n++) await tick();
}

async function until(condition: () => boolean, what: string): Promise<void> {
  for (let waited = 0; !condition(); waited++) {
    if (waited > 2_000) throw new Error(`waited in vain until ${what}`);
    await tick();
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

const timers = () => process.getActiveResourcesInfo().filter((resource) => resource === 'Timeout').length;

function runnerOf(turn: Turn, onError: RunnerOptions['onError'] = () => LONG_MS): Runner {
  // A runner that forgot to rest would otherwise let nothing else run, this test's end included.
  const polite: Turn = async (signal) => {
    const restMs = await turn(signal);
    await tick();
    return restMs;
  };
  return new Runner({ name: 'sample', turn: polite, onError });
}

/** A runner whose turns rest for long; counts them. */
function resting(): { runner: Runner; turns: () => number } {
  let turns = 0;
  const runner = runnerOf(async () => {
    turns++;
    return LONG_MS;
  });
  return { runner, turns: () => turns };
}

describe('Runner', () => {
  it('does nothing before it is started, and a stop then ends at once', async () => {
    const { runner, turns } = resting();
    runner.wake();
    await runner.stop();
    await tick();
    expect(turns()).toBe(0);
    expect(runner.running).toBe(false);
  });

  it('takes turn after turn without rest where a turn asks for none', async () => {
    let turns = 0;
    const runner = runnerOf(async () => {
      await tick();
      return ++turns < 50 ? 0 : LONG_MS;
    });
    runner.start();
    await until(() => turns === 50, 'fifty turns were taken');
    await runner.stop();
    expect(turns).toBe(50);
  });

  it('rests as long as a turn asks for', async () => {
    const started: number[] = [];
    const runner = runnerOf(async () => {
      started.push(performance.now());
      return started.length === 1 ? 30 : LONG_MS;
    });
    runner.start();
    await new Promise<void>((resolve) => {
      const look = () => (started.length === 2 ? resolve() : setImmediate(look));
      look();
    });
    await runner.stop();
    // Timers may fire up to a millisecond early.
    expect((started[1] as number) - (started[0] as number)).toBeGreaterThanOrEqual(29);
  });

  it('is started once, however often start is called', async () => {
    const { runner, turns } = resting();
    for (let n = 0; n < 5; n++) runner.start();
    await ticks(3);
    runner.start();
    await ticks(3);
    expect(turns()).toBe(1);
    expect(runner.running).toBe(true);
    await runner.stop();
  });

  it('cuts a rest short when woken, once however many wake it', async () => {
    const { runner, turns } = resting();
    runner.start();
    await until(() => turns() === 1, 'it took a turn');
    await ticks(3);
    for (let n = 0; n < 20; n++) runner.wake();
    await until(() => turns() === 2, 'it was woken');
    await ticks(3);
    expect(turns()).toBe(2);
    await runner.stop();
  });

  it('does not lose a wake that comes at any moment of a turn', async () => {
    for (let ticksBeforeWake = 0; ticksBeforeWake < 6; ticksBeforeWake++) {
      let turns = 0;
      const runner: Runner = runnerOf(async () => {
        turns++;
        for (let n = 0; n < 5 && turns === 1; n++) {
          if (n === ticksBeforeWake) runner.wake();
          await tick();
        }
        if (ticksBeforeWake === 5 && turns === 1) runner.wake();
        return LONG_MS;
      });
      runner.start();
      await until(() => turns === 2, `a wake after ${ticksBeforeWake} ticks is followed by a turn`);
      await ticks(3);
      expect(turns).toBe(2);
      await runner.stop();
    }
  });

  it('tells the turn under way of a stop, and waits for it', async () => {
    const events: string[] = [];
    const runner = runnerOf(async (signal) => {
      await aborted(signal);
      events.push(`aborted: ${String(signal.reason)}`);
      await tick();
      events.push('turn ended');
      return 0;
    });
    runner.start();
    await tick();
    const stopped = runner.stop('shutting down').then(() => events.push('stopped'));
    expect(runner.running).toBe(false);
    await stopped;
    expect(events).toEqual(['aborted: shutting down', 'turn ended', 'stopped']);
  });

  it('lets every caller of stop wait for the same end', async () => {
    let ended = false;
    const runner = runnerOf(async (signal) => {
      await aborted(signal);
      await tick();
      ended = true;
      return 0;
    });
    runner.start();
    await tick();
    await Promise.all([1, 2, 3].map(() => runner.stop().then(() => expect(ended).toBe(true))));
    await runner.stop();
  });

  it('can be stopped by its own turn, as long as that does not wait for it', async () => {
    let turns = 0;
    const runner: Runner = runnerOf(async () => {
      turns++;
      void runner.stop();
      return 0;
    });
    runner.start();
    await until(() => turns === 1 && !runner.running, 'the turn stopped it');
    await runner.stop();
    expect(turns).toBe(1);
  });

  it('starts anew after a start during a stop, but not before the old turn has ended', async () => {
    const events: string[] = [];
    let release = (): void => undefined;
    const runner = runnerOf(async () => {
      events.push('begin');
      await new Promise<void>((resolve) => (release = resolve));
      events.push('end');
      return LONG_MS;
    });
    runner.start();
    await tick();
    const stopped = runner.stop();
    runner.start();
    expect(runner.running).toBe(true);
    await tick();
    expect(events).toEqual(['begin']);
    release();
    await stopped;
    await until(() => events.length === 3, 'the new loop began');
    expect(events).toEqual(['begin', 'end', 'begin']);
    release();
    await runner.stop();
  });

  it('reports what a turn throws, rests as it is told, and goes on', async () => {
    const errors: unknown[] = [];
    let turns = 0;
    const runner = runnerOf(
      async () => {
        if (++turns <= 3) throw new Error(`turn ${turns}`);
        return LONG_MS;
      },
      (error) => {
        errors.push((error as Error).message);
        return errors.length < 3 ? 0 : LONG_MS;
      },
    );
    runner.start();
    await until(() => turns === 3, 'three turns have failed');
    await tick();
    expect(errors).toEqual(['turn 1', 'turn 2', 'turn 3']);
    expect(turns).toBe(3);
    runner.wake();
    await until(() => turns === 4, 'it goes on when woken');
    await runner.stop();
  });

  it('reports a turn that throws before its first await as any other', async () => {
    const errors: unknown[] = [];
    const turn = () => {
      throw new Error('at once');
    };
    const onError = (error: unknown) => {
      errors.push(error);
      return LONG_MS;
    };
    const runner = new Runner({ name: 'sample', turn, onError });
    runner.start();
    await until(() => errors.length === 1, 'the error was reported');
    await runner.stop();
  });

  it('takes a turn that ends by its signal for no failure', async () => {
    const errors: unknown[] = [];
    const runner = runnerOf(
      async (signal) => {
        await aborted(signal);
        signal.throwIfAborted();
        return 0;
      },
      (error) => {
        errors.push(error);
        return 0;
      },
    );
    runner.start();
    await tick();
    await runner.stop();
    expect(errors).toEqual([]);
    expect(runner.running).toBe(false);
  });

  it('rests for as long as a timer can where a turn asks for longer', async () => {
    let turns = 0;
    const runner = runnerOf(async () => {
      turns++;
      return Number.POSITIVE_INFINITY;
    });
    runner.start();
    await until(() => turns > 0, 'it rests');
    const from = performance.now();
    while (performance.now() - from < 10) await tick();
    expect(turns).toBe(1);
    await runner.stop();
  });

  it('leaves no timer behind, stopped at rest, in a turn or before its first', async () => {
    const before = timers();
    const { runner, turns } = resting();
    runner.start();
    await until(() => timers() > before, 'it rests');
    expect(timers()).toBe(before + 1);
    await runner.stop();
    expect(timers()).toBe(before);

    runner.start();
    await until(() => turns() === 2, 'it is in a turn');
    await runner.stop();
    runner.start();
    await runner.stop();
    expect(turns()).toBe(2);
    expect(timers()).toBe(before);
  });
});
