import { setTimeout as delay } from 'node:timers/promises';
import { WaitTimeoutError } from '@tidemark/event-sourcing';
import { LARGE_BATCHES } from './catch-up.mjs';
import { milliseconds } from './load.mjs';
import { nothingProjection } from './projections.mjs';
import { openTidemark } from './tidemark.mjs';

/** Rests between two looks, as multiples of what a look takes: garbage is collected for it. */
const REST = 9;
let projections = 0;

/** Most memory in use, in MiB, while a new projection catches up with the history; without garbage where node has --expose-gc; for no longer than `timeoutMs`. */
export async function peakMemory(context, { url }, { timeoutMs } = {}) {
  const projection = nothingProjection({ name: `remembering-${++projections}`, ...LARGE_BATCHES });
  const app = await openTidemark(context, { url, feature: { projections: [projection] } });
  let peak = 0;
  const look = () => {
    globalThis.gc?.();
    const { heapUsed, external } = process.memoryUsage();
    peak = Math.max(peak, heapUsed + external);
  };
  const ended = new AbortController();
  const looking = lookUntil(ended.signal, look);
  try {
    await app.subscriptions.runToHead({ timeoutMs }).catch((error) => {
      if (!(error instanceof WaitTimeoutError)) throw error;
    });
  } finally {
    ended.abort();
    await looking;
    await app.close();
  }
  return peak / 2 ** 20;
}

async function lookUntil(signal, look) {
  while (!signal.aborted) {
    const ms = await milliseconds(look);
    await delay(ms * REST, undefined, { signal }).catch(() => undefined);
  }
  look();
}
