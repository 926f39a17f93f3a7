import type { EntityManager } from 'typeorm';
import type { SubscriptionDeclaration } from '../subscriptions/index.js';

/** What `@Projection` takes. */
export interface ProjectionOptions extends SubscriptionDeclaration {
  /**
   * Raised when the read model changes its shape, or `partitions` its number: the projection is then rebuilt, by its `reset`
   * method, when the first process that has the new version starts. @default 1
   */
  readonly version?: number;
}

/** What a projection's handler gets beside the event. */
export interface ProjectionContext {
  /** Name of the projection. */
  readonly subscription: string;
  readonly partition: number;
  /** Writes with this manager commit together with the checkpoint, or not at all. Throws with the in-memory store. */
  readonly manager: EntityManager;
  /** Aborted when the handler should give up. */
  readonly signal: AbortSignal;
}

const PROJECTION = Symbol.for('tidemark.projection');

/** Marks a class as a projection: it folds events into a read model, exactly once. */
export function Projection(options: ProjectionOptions) {
  return (type: abstract new (...args: never[]) => object): void => {
    Object.defineProperty(type, PROJECTION, { value: Object.freeze({ ...options }) });
  };
}

/** What `@Projection` said of this very class; `undefined` for a class without it. */
export function projectionOptionsOf(type: object): ProjectionOptions | undefined {
  return Object.hasOwn(type, PROJECTION) ? (type as { [PROJECTION]: ProjectionOptions })[PROJECTION] : undefined;
}
