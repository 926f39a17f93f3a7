export { TidemarkHealthIndicators } from './health-indicators.js';
export { TidemarkHealthModule } from './terminus-health.module.js';
