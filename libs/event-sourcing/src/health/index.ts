export { Health } from './health.js';
export { HealthModule } from './health.module.js';
export { HEALTH_DEFAULTS, HEALTH_OPTIONS, type HealthOptions, healthSchema } from './health.options.js';
export {
  type Assessed,
  type DatabaseHealth,
  type DeadLettersHealth,
  type HealthReport,
  type HealthStatus,
  type HorizonHealth,
  type Liveness,
  type PoolUse,
  type Readiness,
  type SubscriptionHealth,
} from './health-report.js';
