import { describe, expect, it } from '@jest/globals';
import { Runner } from './runner.js';

const RUNS = 1_500;
const STEPS = 20;
const LONG_MS = 600_000;

const tick = () => new Promise<void>((resolve) => setImmediate(resolve));
const timers = () => process.getActiveResourcesInfo().filter((resource) => resource === 'Timeout').length;

/** Numbers from 0 to below 1 that a seed determines; mulberry32 by Tommy Ettinger. */
function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** A runner whose turns take, rest and fail at random, and that watches over itself. */
class Subject {
  turns = 0;
  active = 0;
  readonly problems: string[] = [];
  readonly runner: Runner;

  constructor(private readonly random: () => number) {
    const onError = (error: unknown) => {
      if ((error as Error).message !== 'on purpose') this.problems.push(`unexpected: ${String(error)}`);
      return this.rest();
    };
    this.runner = new Runner({ name: 'subject', turn: (signal) => this.turn(signal), onError });
  }

  private async turn(signal: AbortSignal): Promise<number> {
    this.turns++;
    if (++this.active > 1) this.problems.push('two turns at once');
    if (signal.aborted) this.problems.push('a turn began after the stop');
    try {
      await this.work(signal);
      if (this.random() < 0.2) throw new Error('on purpose');
      return this.rest();
    } finally {
      this.active--;
    }
  }

  private async work(signal: AbortSignal): Promise<void> {
    const kind = this.random();
    if (kind < 0.1) {
      // Ends by its signal or by a wake of the test only; a turn like this stands for a query that hangs.
      for (let n = 0; n < 5 && !signal.aborted; n++) await tick();
      signal.throwIfAborted();
    }
    for (let n = Math.floor(this.random() * 4); n > 0; n--) await (this.random() < 0.5 ? tick() : Promise.resolve());
  }

  private rest(): number {
    const kind = this.random();
    if (kind < 0.15) return 0;
    return kind < 0.25 ? 1 : LONG_MS;
  }
}

async function until(condition: () => boolean): Promise<boolean> {
  for (let ticks = 0; ticks < 500; ticks++) {
    if (condition()) return true;
    await tick();
  }
  return condition();
}

async function step(subject: Subject, random: () => number, stops: Promise<void>[]): Promise<void> {
  const { runner } = subject;
  const kind = random();
  if (kind < 0.2) runner.start();
  else if (kind < 0.35) stops.push(stopAndLook(subject));
  else if (kind < 0.45) await stopAndLook(subject);
  else if (kind < 0.6) runner.wake();
  else if (kind < 0.7 && runner.running) {
    const { turns } = subject;
    runner.wake();
    const taken = await until(() => subject.turns > turns || !runner.running);
    if (!taken) subject.problems.push('a wake was lost');
  } else if (kind < 0.85) await Promise.resolve();
  else await tick();
}

// A start may follow upon the stop at once, so it is the turn of before that must have ended.
async function stopAndLook(subject: Subject): Promise<void> {
  const { turns } = subject;
  await subject.runner.stop();
  if (subject.active > 0 && subject.turns === turns) subject.problems.push('stop ended before the turn');
}

async function run(seed: number): Promise<readonly string[]> {
  const random = randomOf(seed);
  const subject = new Subject(random);
  const stops: Promise<void>[] = [];
  for (let n = 0; n < STEPS; n++) await step(subject, random, stops);

  subject.runner.start();
  await subject.runner.stop();
  await Promise.all(stops);
  const { turns } = subject;
  subject.runner.wake();
  for (let n = 0; n < 3; n++) await tick();
  if (subject.turns !== turns) subject.problems.push('a turn followed the last stop');
  if (subject.active !== 0) subject.problems.push('a turn outlived the last stop');
  if (subject.runner.running) subject.problems.push('it runs after the last stop');
  return subject.problems;
}

describe('Runner under random starts, stops and wakes', () => {
  it(`keeps its promises in ${RUNS} runs of ${STEPS} steps`, async () => {
    const before = timers();
    for (let seed = 1; seed <= RUNS; seed++) {
      expect({ seed, problems: await run(seed) }).toEqual({ seed, problems: [] });
    }
    expect(timers()).toBe(before);
  });

  it('does so with many runners side by side', async () => {
    const before = timers();
    const problems = await Promise.all(Array.from({ length: 300 }, (_, n) => run(100_000 + n)));
    expect(problems.flat()).toEqual([]);
    expect(timers()).toBe(before);
  });
});
