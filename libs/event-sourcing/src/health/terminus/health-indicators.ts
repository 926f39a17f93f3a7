import { Injectable } from '@nestjs/common';
import { type HealthIndicatorResult, HealthIndicatorService } from '@nestjs/terminus';
import { Health } from '../health.js';
import { type Assessed, type HealthReport, isFit } from '../health-report.js';

/** Tidemark's facts as Terminus indicators, to be used one by one in a controller of the app's own. None ever throws. */
@Injectable()
export class TidemarkHealthIndicators {
  constructor(
    private readonly indicators: HealthIndicatorService,
    private readonly health: Health,
  ) {}

  /** Latency, tables, schema version and pool. */
  async database(key = 'database'): Promise<HealthIndicatorResult> {
    return this.about(key, ({ database }) => database);
  }

  /** Position, head, age in seconds and holder of the feed's horizon. */
  async horizon(key = 'horizon'): Promise<HealthIndicatorResult> {
    return this.about(key, ({ horizon }) => horizon);
  }

  /** Every subscription of the app. */
  async subscriptions(key = 'subscriptions'): Promise<HealthIndicatorResult> {
    const { subscriptions, database } = await this.health.report();
    const fit = database.status === 'healthy' && subscriptions.every(({ status }) => isFit(status));
    const status = fit ? 'healthy' : 'unhealthy';
    const degraded = subscriptions.some((one) => one.status === 'degraded');
    return this.result(key, fit && degraded ? 'degraded' : status, { subscriptions });
  }

  /** Open dead letters. */
  async deadLetters(key = 'deadLetterQueue'): Promise<HealthIndicatorResult> {
    return this.about(key, ({ deadLetterQueue }) => deadLetterQueue);
  }

  /** All of it. */
  async tidemark(key = 'tidemark'): Promise<HealthIndicatorResult> {
    return this.about(key, (report) => report);
  }

  private async about(
    key: string,
    pick: (report: HealthReport) => Assessed | undefined,
  ): Promise<HealthIndicatorResult> {
    const picked = pick(await this.health.report());
    return this.result(key, picked?.status ?? 'unhealthy', { report: picked });
  }

  private result(key: string, status: Assessed['status'], data: Record<string, unknown>): HealthIndicatorResult {
    const session = this.indicators.check(key);
    if (!isFit(status)) return session.down(data);
    return status === 'degraded' ? session.degraded(data) : session.up(data);
  }
}
