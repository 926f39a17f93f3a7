import type { EntityManager } from 'typeorm';
import { type EventTypeRegistry, InvalidArgumentError } from '../core/index.js';
import {
  declared,
  type DeliveryContext,
  problemsOfDeclaration,
  readDeclared,
  type SubscriptionReading,
  versionField,
} from '../subscriptions/index.js';
import { type ProjectionContext, type ProjectionOptions, projectionOptionsOf } from './projection.decorator.js';

/** What a projection's class may have beside its handlers. */
interface Resettable {
  reset?(manager: EntityManager): Promise<void> | void;
}

/** Reads the decorators of an instance of a `@Projection` class and makes the subscription of it. */
export function readProjection(instance: object, registry: EventTypeRegistry): SubscriptionReading {
  const given = projectionOptionsOf(instance.constructor) as ProjectionOptions;
  const { version = 1, ...declaration } = given;
  const resettable = instance as Resettable;
  return readDeclared<ProjectionContext>(instance, registry, {
    problems: problemsOfDeclaration(given, instance.constructor.name, { version: versionField }),
    base: { ...declared(declaration), version, kind: 'projection', startFrom: 'beginning' },
    contextOf: toProjectionContext,
    ...(typeof resettable.reset === 'function' && {
      // In memory there is no manager, and a read model there has no use for one.
      reset: async (manager) => resettable.reset?.(manager as EntityManager),
    }),
  });
}

function toProjectionContext(delivery: DeliveryContext, touched: () => void): ProjectionContext {
  return new HandlerContext(delivery, touched);
}

// A class, because one is made for each event: a literal with a getter costs many times as much.
class HandlerContext implements ProjectionContext {
  readonly subscription: string;
  readonly partition: number;
  readonly signal: AbortSignal;
  readonly #manager: EntityManager | undefined;
  readonly #touched: () => void;

  constructor({ subscription, partition, manager, signal }: DeliveryContext, touched: () => void) {
    this.subscription = subscription;
    this.partition = partition;
    this.signal = signal;
    this.#manager = manager;
    this.#touched = touched;
  }

  get manager(): EntityManager {
    this.#touched();
    if (this.#manager !== undefined) return this.#manager;
    throw new InvalidArgumentError(
      'manager',
      `Projection '${this.subscription}' asked for its EntityManager, and the in-memory store has none. ` +
        `Give it a read model in memory, or use store: 'postgres'.`,
    );
  }
}
