import type { DynamicModule, Type } from '@nestjs/common';
import { ConfigurationError } from '../core/index.js';
import { type MetricsOptions, resolveMetricsOptions } from './metrics/metrics.options.js';

/** The module of the metrics, loaded where it is asked for: only then are its packages needed. Rejects where they are missing. */
export function loadMetrics(given: MetricsOptions | true): Promise<DynamicModule> {
  const options = resolveMetricsOptions(given);
  const loading = import('./metrics/metrics.module.js').then(({ MetricsModule }) => MetricsModule.register(options));
  return needing('metrics', 'prom-client @willsoto/nestjs-prometheus', loading);
}

/** The module of the traces, loaded in the same way. */
export function loadTracing(): Promise<DynamicModule> {
  const loading = import('./tracing/tracing.module.js').then(({ TracingModule }): DynamicModule => ({
    module: TracingModule as Type<object>,
  }));
  return needing('tracing', '@opentelemetry/api', loading);
}

function needing<T>(option: string, packages: string, loading: Promise<T>): Promise<T> {
  const checked = loading.catch((error: unknown) => {
    throw isMissing(error)
      ? new ConfigurationError([
          `option '${option}' needs what is not installed, or not reachable: npm install ${packages}. ${(error as Error).message}`,
        ])
      : error;
  });
  // Nest waits for it when it comes to it; until then nobody has asked.
  checked.catch(() => undefined);
  return checked;
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && /^(ERR_)?MODULE_NOT_FOUND$/.test(String(error.code));
}
