import type { DataSource, EntityManager } from 'typeorm';
import { ConfigurationError, InvalidArgumentError } from '../../core/index.js';
import { projectionOptionsOf, readProjection } from '../../projections/index.js';
import type { SubscriptionDefinition } from '../../subscriptions/index.js';
import { KnownByDecorator } from '../expectation/known-by-decorator.js';
import { type HandlerFault, ProjectionEngine } from './projection-engine.js';
import { inMemoryStores, postgresStores } from './spec-stores.js';

/** Events of one stream, in their order. */
export interface GivenStream {
  readonly streamId: string;
  readonly tenantId: string | undefined;
  readonly events: readonly object[];
}

/** Rows, at once or later. */
export type Rows<Row> = readonly Row[] | Promise<readonly Row[]>;

/** What a run needs, whichever store it is on. */
export interface ProjectionRunParts<Row> {
  /** The instance, made as the app would make it. */
  readonly projection: object;
  readonly dataSource?: DataSource;
  readonly rows: string | ((manager: EntityManager) => Rows<Row>) | (() => Rows<Row>);
  readonly reset?: (manager: EntityManager) => unknown;
  readonly timeoutMs?: number;
}

/** What a run has led to: the rows, or what went wrong with an event. */
export type ProjectionSeen<Row> = { readonly rows: readonly Row[] } | { readonly fault: HandlerFault };

const DEFAULT_TIMEOUT_MS = 30_000;

/** Empties the read model, appends the events to a store of its own, has the projection handle them, and reads the rows. */
export class ProjectionRun<Row> {
  private readonly registry = new KnownByDecorator();
  private readonly definition: SubscriptionDefinition;

  constructor(private readonly parts: ProjectionRunParts<Row>) {
    this.definition = definitionOf(parts.projection, this.registry);
  }

  /** Name of the projection. */
  get name(): string {
    return this.definition.name;
  }

  async run(given: readonly GivenStream[]): Promise<ProjectionSeen<Row>> {
    const { dataSource, timeoutMs = DEFAULT_TIMEOUT_MS } = this.parts;
    await this.reset();
    const stores = dataSource === undefined ? inMemoryStores() : await postgresStores(dataSource);
    try {
      const engine = new ProjectionEngine(this.definition, stores, this.registry);
      for (const { streamId, events, tenantId } of given)
        await engine.eventStore.append(streamId, events, { tenantId });
      const fault = await engine.run(timeoutMs);
      return fault === undefined ? { rows: await this.rows() } : { fault };
    } finally {
      await stores.close();
    }
  }

  private async reset(): Promise<void> {
    const { dataSource, reset: own } = this.parts;
    const { reset = undefined } = this.definition;
    if (dataSource === undefined) return reset?.(undefined);
    if (own === undefined && reset === undefined) {
      throw new InvalidArgumentError(
        'reset',
        `Say by 'reset' how to empty the read model of '${this.name}', or give the projection a method reset(manager).`,
      );
    }
    await dataSource.transaction(async (manager) => {
      if (own === undefined) await reset?.(manager);
      else await own(manager);
    });
  }

  private async rows(): Promise<readonly Row[]> {
    const { dataSource, rows } = this.parts;
    if (typeof rows === 'string') {
      if (dataSource !== undefined) return dataSource.query<Row[]>(rows);
      throw new InvalidArgumentError('rows', `'rows' is a query, and there is no dataSource to ask it.`);
    }
    return rows(dataSource?.manager as EntityManager);
  }
}

function definitionOf(projection: object, registry: KnownByDecorator): SubscriptionDefinition {
  const { name } = projection.constructor;
  if (projectionOptionsOf(projection.constructor) === undefined) {
    throw new ConfigurationError([`${name} has no @Projection decorator; give an instance of a class that has.`]);
  }
  const reading = readProjection(projection, registry);
  if ('definition' in reading) return reading.definition;
  throw new ConfigurationError(reading.problems);
}
