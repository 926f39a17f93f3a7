import { type BeforeApplicationShutdown, Inject, Injectable, type OnModuleDestroy } from '@nestjs/common';
import { Instrumentation } from '../core/index.js';
import { FactLog } from '../logging/index.js';
import type { Drainable, DrainOutcome } from './drainable.js';
import { SHUTDOWN_OVERDUE, SHUTDOWN_STEP_FAILED } from './lifecycle.facts.js';
import { SHUTDOWN_DEFAULTS, SHUTDOWN_OPTIONS, type ShutdownOptions } from './lifecycle.options.js';
import {
  SHUTDOWN_COMPLETED,
  SHUTDOWN_INITIATED,
  type ShutdownPhase,
  type ShutdownResult,
} from './lifecycle.signals.js';
import { onSecondSignal } from './second-signal.js';

/** How long rolling back and giving back may take once it is forced, in milliseconds. */
const FORCED_GRACE_MS = 5_000;

/**
 * Brings all background work to its end before the app ends: nothing more is taken, what is under way may finish, then
 * checkpoints are saved and leases given back. When it has resolved, no handler runs and nothing is written.
 */
@Injectable()
export class ShutdownDrain implements OnModuleDestroy, BeforeApplicationShutdown {
  private readonly log = new FactLog();
  private readonly options: Required<ShutdownOptions>;
  private readonly participants = new Set<Drainable>();
  /** Aborted when what is under way may not go on. */
  private readonly cut = new AbortController();
  private readonly hurry = new AbortController();
  private current: ShutdownPhase = 'running';
  private ending: Promise<ShutdownResult> | undefined;
  private ignoreSignals: (() => void) | undefined;

  constructor(
    @Inject(SHUTDOWN_OPTIONS) given: ShutdownOptions,
    @Inject(Instrumentation) private readonly instrumentation: Instrumentation,
  ) {
    this.options = { ...SHUTDOWN_DEFAULTS, ...given };
  }

  /** Where the shutdown stands; `running` where none has begun. */
  get phase(): ShutdownPhase {
    return this.current;
  }

  /** Has something drained when the app ends, until the returned function is called. */
  register(participant: Drainable): () => void {
    this.participants.add(participant);
    if (this.ending !== undefined) participant.stopTaking();
    return () => void this.participants.delete(participant);
  }

  /**
   * Drains as the end of the app would, which may follow; HTTP is still answered, readiness says no. A second request
   * forces. Resolves with what came of it, always within `shutdownTimeoutMs`.
   */
  async requestShutdown(reason: string): Promise<ShutdownResult> {
    if (this.ending !== undefined) this.force();
    return this.begin(reason);
  }

  /** Aborts and rolls back what is still under way, where a shutdown has begun. */
  force(): void {
    if (this.current === 'running') return;
    this.cut.abort(new Error('the shutdown was forced'));
    this.hurry.abort();
  }

  /** From here on readiness says no: whatever other hooks come before the drain. */
  onModuleDestroy(): void {
    if (this.ending !== undefined) return;
    this.current = 'stopping';
    this.ignoreSignals = onSecondSignal(() => this.force());
  }

  async beforeApplicationShutdown(signal?: string): Promise<void> {
    // Asked for by a request before: a signal while it goes on is a second one from now on.
    this.ignoreSignals ??= onSecondSignal(() => this.force());
    try {
      await this.begin(signal ?? 'the app is closed');
    } finally {
      this.ignoreSignals();
      this.ignoreSignals = undefined;
    }
  }

  private begin(reason: string): Promise<ShutdownResult> {
    this.ending ??= this.run(reason);
    return this.ending;
  }

  private async run(reason: string): Promise<ShutdownResult> {
    const startedAt = performance.now();
    this.current = 'stopping';
    const participants = [...this.participants];
    const inFlightAtStart = participants.reduce((sum, one) => sum + one.inFlight(), 0);
    for (const one of participants) one.stopTaking();
    this.instrumentation.emit(SHUTDOWN_INITIATED, { reason, inFlight: inFlightAtStart });
    const isOver = await this.withinTime(this.steps(participants));
    const forced = !isOver || this.cut.signal.aborted;
    if (!isOver) {
      this.cut.abort(new Error('the time to shut down is over'));
      this.log.write(SHUTDOWN_OVERDUE, {});
    }
    this.current = forced ? 'forced' : 'stopped';
    const result: ShutdownResult = {
      phase: this.current,
      reason,
      durationSeconds: (performance.now() - startedAt) / 1_000,
      forced,
      inFlightAtStart,
      ...sumOf(participants.map((one) => one.outcome())),
    };
    this.instrumentation.emit(SHUTDOWN_COMPLETED, result);
    return Object.freeze(result);
  }

  private async steps(participants: readonly Drainable[]): Promise<void> {
    const { signal } = this.cut;
    const timer = setTimeout(() => {
      this.cut.abort(new Error('the time to drain is over'));
    }, this.options.drainTimeoutMs);
    this.current = 'draining';
    await Promise.all(participants.map((one) => this.attempt(one, () => one.drain(signal))));
    clearTimeout(timer);
    this.current = 'checkpointing';
    await Promise.all(participants.map((one) => this.attempt(one, () => one.settle(signal))));
  }

  /** Whether the steps came to their end before the time was over, of which little is left once it is forced. */
  private async withinTime(steps: Promise<void>): Promise<boolean> {
    const over = Promise.withResolvers<false>();
    const timers = [setTimeout(() => over.resolve(false), this.options.shutdownTimeoutMs)];
    const hurry = (): void => void timers.push(setTimeout(() => over.resolve(false), FORCED_GRACE_MS));
    const { signal } = this.hurry;
    if (signal.aborted) hurry();
    signal.addEventListener('abort', hurry, { once: true });
    try {
      return await Promise.race([steps.then(() => true), over.promise]);
    } finally {
      signal.removeEventListener('abort', hurry);
      timers.forEach(clearTimeout);
    }
  }

  private async attempt({ name }: Drainable, step: () => Promise<void>): Promise<void> {
    try {
      await step();
    } catch (error) {
      this.log.write(SHUTDOWN_STEP_FAILED, { participant: name, error });
    }
  }
}

function sumOf(outcomes: readonly DrainOutcome[]): DrainOutcome {
  const sum = { eventsDrained: 0, eventsNotDrained: 0, checkpointsSaved: 0, leasesReleased: 0 };
  for (const outcome of outcomes) {
    sum.eventsDrained += outcome.eventsDrained;
    sum.eventsNotDrained += outcome.eventsNotDrained;
    sum.checkpointsSaved += outcome.checkpointsSaved;
    sum.leasesReleased += outcome.leasesReleased;
  }
  return sum;
}
