import { type DynamicModule, Module } from '@nestjs/common';
import { FactLogger } from './fact-logger.js';
import type { MetricsOptions } from './metrics/metrics.options.js';
import { loadMetrics, loadTracing } from './on-demand.js';

/** What of observability is there; the log is always. */
export interface ObservabilityExtras {
  readonly metrics?: MetricsOptions | boolean;
  readonly tracing?: boolean;
}

/** Listens to what the rooms report. Nobody imports from here. */
@Module({ providers: [FactLogger] })
export class ObservabilityModule {
  static register({ metrics = false, tracing = false }: ObservabilityExtras): DynamicModule {
    return {
      module: ObservabilityModule,
      imports: [...(metrics === false ? [] : [loadMetrics(metrics)]), ...(tracing ? [loadTracing()] : [])],
    };
  }
}
