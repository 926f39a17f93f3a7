import { circuitBreaker, CircuitState, ConsecutiveBreaker, handleAll } from 'cockatiel';
import type { CircuitBreakerOptions } from '../subscriptions.options.js';

/** `open`: nothing is taken from the feed. `half_open`: a few events are, to see whether things go right again. */
export type CircuitBreakerState = 'closed' | 'open' | 'half_open';

/**
 * Opens when several events in a row had to be given up: then the fault is hardly theirs, and the rest of the backlog is to
 * be spared. It pauses and never skips. A cockatiel breaker that is told of outcomes, since retries are the partition's own.
 */
export class Circuit {
  private readonly policy: ReturnType<typeof circuitBreaker> | undefined;
  private opensUntil = 0;
  private told: CircuitBreakerState = 'closed';

  /** @param onChange told of each new state. */
  constructor(
    private readonly options: Required<CircuitBreakerOptions> | false,
    private readonly onChange: (state: CircuitBreakerState) => void,
  ) {
    if (options === false) return;
    const { threshold, resetMs, halfOpenMax } = options;
    this.policy = circuitBreaker(handleAll, {
      halfOpenAfter: resetMs,
      halfOpenSampling: { calls: halfOpenMax, threshold: 0 },
      breaker: new ConsecutiveBreaker(threshold),
    });
    this.policy.onStateChange((state) => {
      // The policy goes by the same clock; a millisecond more, so that it agrees when the time is over.
      if (state === CircuitState.Open) this.opensUntil = Date.now() + resetMs + 1;
      this.tell(NAMES[state]);
    });
  }

  get state(): CircuitBreakerState {
    if (this.policy === undefined || this.policy.state === CircuitState.Closed) return 'closed';
    return this.restMs > 0 ? 'open' : 'half_open';
  }

  /** How long to take nothing yet, in milliseconds; 0 where something may be taken. */
  get restMs(): number {
    return this.policy?.state === CircuitState.Open ? Math.max(0, this.opensUntil - Date.now()) : 0;
  }

  /** Most events to take now. Tells where that is to try. */
  limit(wanted: number): number {
    if (this.options === false || this.state !== 'half_open') return wanted;
    // The policy itself notices with the first outcome, and until that is known a handler may take long.
    this.tell('half_open');
    return Math.min(wanted, this.options.halfOpenMax);
  }

  /** Events were handled. */
  async succeeded(count: number): Promise<void> {
    if (count === 0) return;
    do await this.record(() => undefined);
    while (this.state === 'half_open' && --count > 0);
  }

  /** An event had to be given up. */
  async gaveUp(error: unknown): Promise<void> {
    await this.record(() => {
      throw error;
    });
  }

  private tell(state: CircuitBreakerState): void {
    if (state === this.told) return;
    this.told = state;
    this.onChange(state);
  }

  private async record(outcome: () => undefined): Promise<void> {
    try {
      await this.policy?.execute(outcome);
    } catch {
      // That is how the policy is told; the error itself has been reported.
    }
  }
}

const NAMES: Readonly<Record<CircuitState, CircuitBreakerState>> = Object.freeze({
  [CircuitState.Closed]: 'closed',
  [CircuitState.Open]: 'open',
  [CircuitState.HalfOpen]: 'half_open',
  [CircuitState.Isolated]: 'open',
});
