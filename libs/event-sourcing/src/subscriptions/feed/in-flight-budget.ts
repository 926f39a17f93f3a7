/**
 * Bounds the events of one subscription that this process has taken from the feed and not yet put behind a checkpoint.
 * Who waits is served in the order of asking, so that no partition starves.
 */
export class InFlightBudget {
  private left: number;
  private readonly waiting: (() => void)[] = [];

  /** @param limit at least 1. */
  constructor(private readonly limit: number) {
    this.left = limit;
  }

  /** Events that are out now. */
  get taken(): number {
    return this.limit - this.left;
  }

  /** Takes up to `wanted`, at least 1; waits while there is none. Throws the signal's reason when that is aborted meanwhile. */
  async take(wanted: number, signal: AbortSignal): Promise<number> {
    while (this.left === 0 || this.waiting.length > 0) {
      signal.throwIfAborted();
      await this.turn(signal);
      if (this.left > 0) break;
    }
    return this.tryTake(wanted);
  }

  /** Takes up to `wanted` of what nobody waits for; 0 where there is none. */
  tryTake(wanted: number): number {
    const taken = Math.min(wanted, this.left);
    this.left -= taken;
    this.pass();
    return taken;
  }

  /** Gives back. */
  give(count: number): void {
    this.left += count;
    this.pass();
  }

  private async turn(signal: AbortSignal): Promise<void> {
    let resume = (): void => undefined;
    try {
      await new Promise<void>((resolve) => {
        resume = resolve;
        this.waiting.push(resolve);
        signal.addEventListener('abort', resume, { once: true });
      });
    } finally {
      signal.removeEventListener('abort', resume);
      const index = this.waiting.indexOf(resume);
      if (index >= 0) this.waiting.splice(index, 1);
    }
    signal.throwIfAborted();
  }

  private pass(): void {
    if (this.left > 0) this.waiting[0]?.();
  }
}
