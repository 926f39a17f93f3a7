export { Projection, type ProjectionContext, type ProjectionOptions } from './projection.decorator.js';
export { ProjectionsModule } from './projections.module.js';
