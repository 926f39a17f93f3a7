export { readProjection } from './projection-definition.js';
export {
  Projection,
  type ProjectionContext,
  type ProjectionOptions,
  projectionOptionsOf,
} from './projection.decorator.js';
export { ProjectionsModule } from './projections.module.js';
