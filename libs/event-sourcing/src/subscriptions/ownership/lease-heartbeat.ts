import { Runner } from '../../core/index.js';
import type { Lease, LeaseStore } from '../../database/index.js';

/**
 * Keeps all leases of this process, by one statement each time and on a timer of its own, however busy the handlers are. A
 * statement for each lease would wait for as many turns of the event loop where handlers compute.
 */
export class LeaseHeartbeat {
  private readonly held = new Map<Lease, () => void>();
  private readonly runner: Runner;

  constructor(
    private readonly leases: LeaseStore,
    private readonly ttlMs: number,
  ) {
    const restMs = Math.ceil(ttlMs / 3);
    this.runner = new Runner({
      name: 'heartbeat',
      turn: async () => {
        const startedAt = performance.now();
        await this.renew();
        // From turn to turn and not in between: where handlers keep the event loop busy, the answer comes late.
        return Math.max(0, restMs - (performance.now() - startedAt));
      },
      // The database is away. The leases may expire meanwhile, and then the epochs fence this owner out.
      onError: () => restMs,
    });
  }

  /** Renews a lease from now on, until it is dropped or lost. */
  keep(lease: Lease, onLost: () => void): void {
    this.held.set(lease, onLost);
    this.runner.start();
  }

  /** Whether a lease is renewed, and was not lost as far as is known. */
  keeps(lease: Lease): boolean {
    return this.held.has(lease);
  }

  /** Renews a lease no more. */
  drop(lease: Lease): void {
    this.held.delete(lease);
    // Not waited for: one under way renews nothing that was given back.
    if (this.held.size === 0) void this.runner.stop();
  }

  private async renew(): Promise<void> {
    const asked = [...this.held.keys()];
    const kept = new Set(await this.leases.renew(asked, this.ttlMs));
    for (const lease of asked.filter((one) => !kept.has(one))) {
      const onLost = this.held.get(lease);
      this.held.delete(lease);
      onLost?.();
    }
  }
}
