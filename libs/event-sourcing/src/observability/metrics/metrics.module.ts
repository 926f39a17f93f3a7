import { type DynamicModule, Global, Module } from '@nestjs/common';
import { PrometheusModule } from '@willsoto/nestjs-prometheus';
import { collectDefaultMetrics, Registry } from 'prom-client';
import { metricsController } from './metrics.controller.js';
import type { ResolvedMetricsOptions } from './metrics.options.js';
import { MetricsService } from './metrics.service.js';
import { METRICS_OPTIONS, METRICS_REGISTRY } from './metrics.tokens.js';

/** Global, so that the app can put metrics of its own into the registry. */
@Global()
@Module({})
class MetricsRegistryModule {}

/** The metrics of the app, and where they are scraped. */
@Module({})
export class MetricsModule {
  static register(options: ResolvedMetricsOptions): DynamicModule {
    const registry = {
      module: MetricsRegistryModule,
      providers: [{ provide: METRICS_REGISTRY, useFactory: () => openRegistry(options) }],
      exports: [METRICS_REGISTRY],
    };
    return {
      module: MetricsModule,
      imports: [registry, ...(options.path === false ? [] : [answering(options.path, registry)])],
      providers: [{ provide: METRICS_OPTIONS, useValue: options }, MetricsService],
    };
  }
}

// Made when the app is, so that two apps of the same module class have one each.
function openRegistry({ registry: given, defaultLabels, defaultMetrics }: ResolvedMetricsOptions): Registry {
  const registry = (given as Registry | undefined) ?? new Registry();
  if (given === undefined) registry.setDefaultLabels(defaultLabels);
  if (defaultMetrics) collectDefaultMetrics({ register: registry });
  return registry;
}

function answering(path: string, registry: DynamicModule): DynamicModule {
  const controller = metricsController();
  // Its default metrics go to the one registry of the process, which is not ours.
  const prometheus = PrometheusModule.register({ path, controller, defaultMetrics: { enabled: false } });
  return { ...prometheus, imports: [registry] };
}
