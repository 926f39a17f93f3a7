import { setImmediate as nextTurn } from 'node:timers/promises';

/** Asks again and again until the condition holds; fails with the last answer when the time is over. */
export async function eventually<T>(
  ask: () => T | Promise<T>,
  holds: (answer: T) => boolean = Boolean,
  timeoutMs = 60_000,
): Promise<T> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const answer = await ask();
    if (holds(answer)) return answer;
    if (performance.now() > deadline) throw new Error(`not within ${timeoutMs} ms; last: ${String(answer)}`);
    await nextTurn();
  }
}
