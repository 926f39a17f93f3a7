import { setTimeout as delay } from 'node:timers/promises';

const POLL_MS = 20;

/** Polls `condition` until it holds or `boundMs` milliseconds have passed, and says whether it came to hold. */
export async function awaitCondition(condition: () => boolean, boundMs: number): Promise<boolean> {
  const deadline = Date.now() + boundMs;
  while (!condition()) {
    if (Date.now() >= deadline) return false;
    await delay(POLL_MS);
  }
  return true;
}
