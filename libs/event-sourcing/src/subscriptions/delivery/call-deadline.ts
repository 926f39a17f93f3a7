/** Ends calls of handlers that take too long or are told to stop. One serves the calls of a page, one after the other. */
export class CallDeadline {
  private readonly controller = new AbortController();
  private timer: NodeJS.Timeout | undefined;
  private abandon: (reason: unknown) => void = () => undefined;
  private readonly stop = (): void => this.end(this.outer.reason);

  /** @param outer ends a call at once, with its reason; `late` gives the error of a call that takes longer than `timeoutMs`. */
  constructor(
    private readonly outer: AbortSignal,
    private readonly timeoutMs: number,
    private readonly late: () => Error,
  ) {
    if (outer.aborted) this.stop();
    else outer.addEventListener('abort', this.stop, { once: true });
  }

  /** Given to the handlers. */
  get signal(): AbortSignal {
    return this.controller.signal;
  }

  /** Whether the calls were told to stop, other than by taking too long. */
  get isStopped(): boolean {
    return this.outer.aborted;
  }

  /** Does the work of one call; rejects with the signal's reason when that is aborted. Work that does not listen goes on alone. */
  run(work: () => Promise<void>): Promise<void> {
    this.signal.throwIfAborted();
    // A page has many calls, and most are over in no time: one timer for all of them.
    if (this.timer === undefined) this.timer = setTimeout(() => this.end(this.late()), this.timeoutMs);
    else this.timer.refresh();
    return new Promise((resolve, reject) => {
      this.abandon = reject;
      work().then(resolve, reject);
    });
  }

  /** To be called after the last one. */
  close(): void {
    clearTimeout(this.timer);
    this.outer.removeEventListener('abort', this.stop);
  }

  private end(reason: unknown): void {
    this.controller.abort(reason);
    this.abandon(reason);
  }
}
