import { setTimeout as delay } from 'node:timers/promises';

/** One turn of a loop; says how long to rest before the next, in milliseconds (0: none, until woken at the latest). */
export type Turn = (signal: AbortSignal) => Promise<number>;

/** Longest time that a timer takes; a longer one would fire at once. */
const LONGEST_REST_MS = 2_147_483_647;

/** What a {@link Runner} is made of. */
export interface RunnerOptions {
  /** Shown in errors. */
  readonly name: string;
  readonly turn: Turn;
  /** Told of an error that a turn threw; says how long to rest before the next turn, in milliseconds. */
  readonly onError: (error: unknown) => number;
}

/**
 * A background loop that can be started and stopped any number of times. `start` is idempotent, `stop` resolves when
 * the turn under way has ended and none will follow, `wake` cuts a rest short. A turn learns of a stop by its signal.
 * One turn runs at a time, always.
 */
export class Runner {
  private current: { readonly abort: AbortController; readonly done: Promise<void> } | undefined;
  private wakeUp: (() => void) | undefined;
  private woken = false;
  /** When the last sign of life came, or the next is due. */
  private aliveAt = 0;

  constructor(private readonly options: RunnerOptions) {}

  get running(): boolean {
    return this.current !== undefined && !this.current.abort.signal.aborted;
  }

  /** For how long the loop owes a sign of life, in milliseconds; 0 where it rests or does not run. */
  silentMs(): number {
    return this.running ? Math.max(0, performance.now() - this.aliveAt) : 0;
  }

  /** A turn that takes long says that it goes on. */
  beat(): void {
    this.aliveAt = performance.now();
  }

  /** Starts the loop; does nothing where it runs. A start during a stop follows upon its end. */
  start(): void {
    if (this.running) return;
    const before = this.current?.done ?? Promise.resolve();
    this.beat();
    const abort = new AbortController();
    const done = before.then(() => this.loop(abort.signal));
    const current = { abort, done };
    this.current = current;
    void done.then(() => {
      if (this.current === current) this.current = undefined;
    });
  }

  /** Ends the rest that is under way; where a turn is under way, the next follows without a rest. */
  wake(): void {
    this.woken = true;
    this.wakeUp?.();
  }

  /** Stops the loop and waits for the turn under way. May be called at any time and many times. */
  async stop(reason?: unknown): Promise<void> {
    const { current } = this;
    if (current === undefined) return;
    if (!current.abort.signal.aborted) current.abort.abort(reason);
    await current.done;
  }

  private async loop(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      this.woken = false;
      this.beat();
      const restMs = await this.takeTurn(signal);
      if (restMs > 0) await this.rest(restMs, signal);
    }
  }

  private async takeTurn(signal: AbortSignal): Promise<number> {
    try {
      return await this.options.turn(signal);
    } catch (error) {
      // A turn that ends by the stop's own signal is no failure.
      return signal.aborted ? 0 : this.options.onError(error);
    }
  }

  private async rest(restMs: number, signal: AbortSignal): Promise<void> {
    if (this.woken || signal.aborted) return;
    this.aliveAt = performance.now() + Math.min(restMs, LONGEST_REST_MS);
    const timer = new AbortController();
    this.wakeUp = () => timer.abort();
    signal.addEventListener('abort', this.wakeUp, { once: true });
    try {
      await delay(Math.min(restMs, LONGEST_REST_MS), undefined, { signal: timer.signal });
    } catch (error) {
      if (!timer.signal.aborted) throw error;
    } finally {
      signal.removeEventListener('abort', this.wakeUp);
      this.wakeUp = undefined;
    }
  }
}
