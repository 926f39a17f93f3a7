/**
 * Keeps so many calls under way for so long, and gives what they did per second. `step` gives how many events it took care
 * of; calls under way when the time is over are waited for, and count.
 */
export async function ratePerSecond({ inFlight, durationMs }, step) {
  const startedAt = performance.now();
  const deadline = startedAt + durationMs;
  let events = 0;
  const worker = async () => {
    while (performance.now() < deadline) {
      // Not in one expression: it would read the sum before the await.
      const done = await step();
      events += done;
    }
  };
  await Promise.all(Array.from({ length: inFlight }, worker));
  return (events * 1_000) / (performance.now() - startedAt);
}

/** How many milliseconds the work takes. */
export async function milliseconds(work) {
  const startedAt = performance.now();
  await work();
  return performance.now() - startedAt;
}
