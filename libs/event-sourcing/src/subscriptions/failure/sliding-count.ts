const STEP_MS = 1_000;
const WINDOW_STEPS = 60;

/** Counts what happened within the last minute, in steps of a second: one counter per second, however much happens. */
export class SlidingCount {
  private readonly counts = new Map<number, number>();

  /** @param clock milliseconds that only ascend. */
  constructor(private readonly clock: () => number) {}

  /** Counts one more. */
  add(): void {
    const step = this.forget();
    this.counts.set(step, (this.counts.get(step) ?? 0) + 1);
  }

  /** How many in this second and the 59 before it. */
  perMinute(): number {
    this.forget();
    return [...this.counts.values()].reduce((sum, count) => sum + count, 0);
  }

  private forget(): number {
    const now = Math.floor(this.clock() / STEP_MS);
    for (const step of this.counts.keys()) if (step <= now - WINDOW_STEPS) this.counts.delete(step);
    return now;
  }
}
