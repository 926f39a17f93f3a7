import type { EntityManager } from 'typeorm';
import type {
  EventContext,
  EventContextValues,
  EventSerializer,
  Handling,
  Instrumentation,
  Operation,
  RecordedEvent,
  StoredEvent,
} from '../../core/index.js';
import { ProcessingTimeoutError } from '../errors.js';
import type { PartitionState } from '../partition-state.js';
import type { DeliveryContext, SubscriptionDefinition } from '../subscription-definition.js';
import { CallDeadline } from './call-deadline.js';
import { type EventGroup, groupsOf } from './event-groups.js';
import { traceParentOfStored } from './stored-metadata.js';

/** To how many appends the operation of a whole page links at most; SDKs drop what is beyond. */
const MAX_LINKED = 128;

/** A handler failed on an event; `cause` is what it threw. */
export class HandlerFailure extends Error {
  constructor(
    readonly event: StoredEvent,
    options: ErrorOptions,
  ) {
    super(`handling event ${event.id} ('${event.type}', position ${event.position}) failed`, options);
  }
}

/** A batch handler failed on several events, nobody knows on which; `cause` is what it threw. */
export class GroupFailure extends Error {
  constructor(
    readonly events: EventGroup['events'],
    options: ErrorOptions,
  ) {
    super(`handling ${events.length} events at once, from position ${events[0].position}, failed`, options);
  }
}

/** What a {@link BatchHandler} works with. */
export interface BatchHandlerParts {
  readonly serializer: EventSerializer;
  readonly context: EventContext;
  readonly processingTimeoutMs: number;
  readonly instrumentation: Instrumentation;
  /** What the partition does now. */
  readonly state: () => PartitionState;
  /** Told of each call, before it and after it: it goes on. */
  readonly onCall: () => void;
}

/** Decodes events and hands them to the handlers of a subscription, one call after the other. */
export class BatchHandler {
  constructor(
    private readonly definition: SubscriptionDefinition,
    private readonly partition: number,
    private readonly parts: BatchHandlerParts,
  ) {}

  /** Divides events into the calls that handle them. */
  groupsOf(events: readonly StoredEvent[]): readonly EventGroup[] {
    return groupsOf(events, this.definition);
  }

  /** Handles one event; the rest as {@link handle}. */
  async handleOne(event: StoredEvent, manager: EntityManager | undefined, signal: AbortSignal): Promise<void> {
    await this.handle({ batchHandle: undefined, events: [event] }, manager, signal);
  }

  /**
   * Handles events of one transaction, call by call. While it catches up they are one operation for who follows: a rebuild of
   * millions of events is no reason for millions of spans.
   */
  async handleAll(
    events: readonly StoredEvent[],
    manager: EntityManager | undefined,
    signal: AbortSignal,
  ): Promise<void> {
    const { instrumentation, state } = this.parts;
    const isOne = events.length > 1 && state() === 'catching_up';
    const deadline = this.deadline(signal);
    const work = async (): Promise<void> => {
      for (const group of groupsOf(events, this.definition)) await this.call(group, manager, deadline, !isOne);
    };
    const about = (): Operation => this.operation(events, events.slice(0, MAX_LINKED).map(traceParentOfStored));
    try {
      await (isOne && instrumentation.isFollowed ? instrumentation.around(about, work) : work());
    } finally {
      deadline.close();
    }
  }

  /**
   * Handles the events of one call, or throws {@link HandlerFailure} or, for several, {@link GroupFailure}; ends at once,
   * with the signal's reason, when that is aborted.
   */
  async handle(group: EventGroup, manager: EntityManager | undefined, signal: AbortSignal): Promise<void> {
    const deadline = this.deadline(signal);
    try {
      await this.call(group, manager, deadline, true);
    } finally {
      deadline.close();
    }
  }

  private deadline(signal: AbortSignal): CallDeadline {
    const { processingTimeoutMs } = this.parts;
    const late = (): Error => new ProcessingTimeoutError(this.definition.name, processingTimeoutMs);
    return new CallDeadline(signal, processingTimeoutMs, late);
  }

  private async call(
    group: EventGroup,
    manager: EntityManager | undefined,
    deadline: CallDeadline,
    isOwnOperation: boolean,
  ): Promise<void> {
    const { onCall, instrumentation } = this.parts;
    const isFollowed = isOwnOperation && instrumentation.isFollowed;
    onCall();
    try {
      await deadline.run(() => this.deliver(group, { manager, signal: deadline.signal, isFollowed }));
    } catch (cause) {
      if (deadline.isStopped || cause instanceof HandlerFailure) throw cause;
      const [event, ...others] = group.events;
      throw others.length === 0 ? new HandlerFailure(event, { cause }) : new GroupFailure(group.events, { cause });
    } finally {
      onCall();
    }
  }

  private async deliver(
    { batchHandle, events: stored }: EventGroup,
    { manager, signal, isFollowed }: Pick<DeliveryContext, 'manager' | 'signal'> & { readonly isFollowed: boolean },
  ): Promise<void> {
    const { name: subscription } = this.definition;
    const delivery: DeliveryContext = { subscription, partition: this.partition, manager, signal };
    const events = stored.map((event) => this.decode(event));
    const handling = this.handling(events);
    const { context, instrumentation } = this.parts;
    const work = (): Promise<void> =>
      context.run({ ...contextOf(events), handling }, async () => {
        if (batchHandle !== undefined) return batchHandle(events, delivery);
        for (const event of events) await this.definition.handle(event, delivery);
      });
    if (!isFollowed) return work();
    const traceParents = events.map(({ metadata }) => metadata.traceParent);
    await instrumentation.around(() => this.operation(events, traceParents), work);
  }

  private handling(events: readonly RecordedEvent[]): Handling {
    const about = { subscription: this.definition.name, partition: this.partition, streamId: streamOf(events) };
    return events.length === 1 ? { ...about, eventId: events[0]?.id } : about;
  }

  private operation(
    events: readonly Pick<StoredEvent, 'id' | 'type' | 'streamId'>[],
    traceParents: readonly (string | undefined)[],
  ): Operation {
    const about = { subscription: this.definition.name, partition: this.partition, state: this.parts.state() };
    const links = [...new Set(traceParents)].filter((traceParent) => traceParent !== undefined);
    return { name: 'handle', streamId: streamOf(events), events, traceParents: links, ...about };
  }

  private decode(event: StoredEvent): RecordedEvent {
    try {
      return this.parts.serializer.decode(event);
    } catch (cause) {
      throw new HandlerFailure(event, { cause });
    }
  }
}

/** The stream of the events, where it is the same of all. */
function streamOf(events: readonly Pick<StoredEvent, 'streamId'>[]): string | undefined {
  const first = events[0]?.streamId;
  return events.every(({ streamId }) => streamId === first) ? first : undefined;
}

/** What the events of one call hand on; of several, only what they have in common. */
function contextOf(events: readonly RecordedEvent[]): EventContextValues {
  const [event, ...others] = events;
  if (event === undefined) return {};
  const isCommon = (value: (event: RecordedEvent) => unknown): boolean =>
    others.every((other) => value(other) === value(event));
  const { actor, traceParent } = event.metadata;
  return {
    correlationId: isCommon(correlationOf) ? correlationOf(event) : undefined,
    causationId: others.length === 0 ? event.id : undefined,
    actor: isCommon(({ metadata }) => metadata.actor) ? actor : undefined,
    traceParent: isCommon(({ metadata }) => metadata.traceParent) ? traceParent : undefined,
    tenantId: isCommon(({ tenantId }) => tenantId) ? event.tenantId : undefined,
  };
}

// Without one it begins one.
function correlationOf({ id, metadata }: RecordedEvent): string {
  return metadata.correlationId ?? id;
}
