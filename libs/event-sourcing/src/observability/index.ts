export type { MetricsOptions, PrometheusRegistry } from './metrics/metrics.options.js';
export { METRICS_REGISTRY } from './metrics/metrics.tokens.js';
export { ObservabilityModule } from './observability.module.js';
