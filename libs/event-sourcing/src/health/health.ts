import type { ShutdownDrain } from '../lifecycle/index.js';
import { FactLog, safeErrorOf } from '../logging/index.js';
import { checkDatabase, unanswered } from './database-check.js';
import {
  checkDeadLetters,
  checkErrors,
  checkHorizon,
  checkSubscriptions,
  type HealthSources,
} from './health-checks.js';
import { HEALTH_IMPAIRED, HEALTH_RESTORED } from './health.facts.js';
import {
  type DatabaseHealth,
  type HealthReport,
  type HealthStatus,
  isFit,
  type Liveness,
  type Readiness,
  worstOf,
} from './health-report.js';

type Known = Partial<Pick<HealthReport, 'deadLetterQueue' | 'horizon' | 'subscriptions'>>;

/** Says how the app stands, from what the database and the loops of this process say. */
export class Health {
  private readonly startedAt = performance.now();
  private readonly log = new FactLog();
  private told: HealthStatus = 'healthy';
  private cached:
    { readonly report: Promise<HealthReport>; readonly until: number; readonly running: boolean } | undefined;

  constructor(
    private readonly sources: HealthSources,
    private readonly drain: ShutdownDrain,
  ) {}

  /** All there is to say; never rejects. One report is made at a time and holds for `cacheMs`, however many ask. */
  async report(): Promise<HealthReport> {
    // What was said before the app was told to end holds no longer.
    const running = this.drain.phase === 'running';
    if (this.cached?.running !== running || performance.now() >= this.cached.until) {
      const report = this.gather();
      const cached = { report, until: Infinity, running };
      this.cached = cached;
      const settled = { report, until: 0, running };
      void report.then(() => {
        settled.until = performance.now() + this.sources.options.cacheMs;
        if (this.cached === cached) this.cached = settled;
      });
    }
    return this.cached.report;
  }

  /** Whether requests are to be sent here: not while the app ends, nor where something is unhealthy or critical. */
  async readiness(): Promise<Readiness> {
    const { phase } = this.drain;
    if (phase !== 'running') return { ready: false, reason: 'the app is shutting down', details: { phase } };
    const { status, reasons, database } = await this.report();
    const details = { status, reasons, database };
    return { ready: isFit(status), reason: reasons[0], details };
  }

  /**
   * Whether the loops of this process turn. Says nothing of lag, and nothing against a process whose database is away: its
   * loops cannot go on, and another start would not help.
   */
  async liveness(): Promise<Liveness> {
    const { manager, options } = this.sources;
    const silent = manager.loops.silent(options.loopTimeoutMs);
    const isAnswering = silent.length === 0 || (await this.report()).database.latencyMs !== undefined;
    const dead = isAnswering || this.sources.database === null ? silent : [];
    const names = dead.map(({ name }) => name).join(', ');
    const reason = dead.length === 0 ? undefined : `loops give no sign of life: ${names}`;
    return { alive: dead.length === 0, reason, details: { loops: manager.loops.count(), silent } };
  }

  private async gather(): Promise<HealthReport> {
    const { database, options } = this.sources;
    const inTime = Promise.withResolvers<DatabaseHealth>();
    const timer = setTimeout(
      () => inTime.resolve(unanswered(`not within ${options.reportTimeoutMs} ms`, database)),
      options.reportTimeoutMs,
    );
    const known: { -readonly [K in keyof Known]: Known[K] } = {};
    try {
      const health = await Promise.race([this.ask(known), inTime.promise]);
      const report = this.compose(health, { ...known });
      this.tell(report);
      return report;
    } finally {
      clearTimeout(timer);
    }
  }

  /** One line for each change, however often somebody asks; that the app ends is told by the drain. */
  private tell({ running, status, reasons }: HealthReport): void {
    if (!running || status === this.told) return;
    this.log.write(status === 'healthy' ? HEALTH_RESTORED : HEALTH_IMPAIRED, { from: this.told, to: status, reasons });
    this.told = status;
  }

  private async ask(known: { -readonly [K in keyof Known]: Known[K] }): Promise<DatabaseHealth> {
    const health = await checkDatabase(this.sources.database);
    if (health.status !== 'healthy') return health;
    try {
      [known.horizon, known.deadLetterQueue, known.subscriptions] = await Promise.all([
        checkHorizon(this.sources),
        checkDeadLetters(this.sources),
        checkSubscriptions(this.sources),
      ]);
    } catch (error) {
      return {
        ...health,
        status: 'critical',
        reasons: [`the state could not be read: ${safeErrorOf(error).message}`],
      };
    }
    return health;
  }

  private compose(database: DatabaseHealth, { horizon, deadLetterQueue, subscriptions = [] }: Known): HealthReport {
    const running = this.drain.phase === 'running';
    const ending = running ? [] : [{ status: 'unhealthy' as const, reasons: ['the app is shutting down'] }];
    const known = [horizon, deadLetterQueue].filter((one) => one !== undefined);
    const counted = (...statuses: string[]): number =>
      subscriptions.filter(({ status }) => statuses.includes(status)).length;
    const total = (value: (one: (typeof subscriptions)[number]) => number): number =>
      subscriptions.reduce((sum, one) => sum + value(one), 0);
    return {
      ...worstOf([...ending, database, ...known, ...subscriptions, checkErrors(this.sources)]),
      running,
      subscriptionCount: subscriptions.length,
      healthyCount: counted('healthy'),
      degradedCount: counted('degraded'),
      unhealthyCount: counted('unhealthy', 'critical'),
      totalEventsProcessed: total(({ eventsProcessed }) => eventsProcessed),
      totalEventsFailed: total(({ eventsFailed }) => eventsFailed),
      totalLagEvents: total(({ lagEvents = 0 }) => lagEvents),
      uptimeSeconds: (performance.now() - this.startedAt) / 1_000,
      timestamp: new Date(),
      database,
      deadLetterQueue,
      horizon,
      subscriptions,
    };
  }
}
