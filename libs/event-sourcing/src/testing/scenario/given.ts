import type { AggregateClass, AnyAggregateRoot, Decider } from '../../aggregates/index.js';
import type { NewEvent } from '../../core/index.js';
import { ExpectedOutcome } from './expected-outcome.js';
import { Scenario } from './scenario.js';
import { aggregateSubject, deciderSubject, type ScenarioSubject } from './scenario-subject.js';

/** An event as it is given: bare, or with an id, a time or metadata of its own. */
export type GivenEvent<Event extends object> = Event | NewEvent<Event>;

/** The events of an aggregate: those that it names as `EventSourcedAggregate<OrderPlaced | OrderShipped>`, any where it names none. */
export type EventOf<T extends AnyAggregateRoot> = T extends { getUncommittedEvents(): (infer Event)[] }
  ? Event & object
  : object;

/** Of whom a scenario tells. */
export interface GivenOptions {
  /** Id of the aggregate, without its category. @default '1' */
  readonly id?: string;
}

/** What is given; `when` says what is done. */
export interface Given<Command, Event extends object, State> {
  /** @param command for an aggregate a function that calls its methods, for a decider a command; either may be asynchronous. */
  when(command: Command): ExpectedOutcome<Event, State>;
}

/** The events of an aggregate so far, none for a new one. They are encoded, checked and decoded as by a store. */
export function given<T extends AnyAggregateRoot>(
  aggregateClass: AggregateClass<T>,
  events?: readonly GivenEvent<NoInfer<EventOf<T>>>[],
  options?: GivenOptions,
): Given<(aggregate: T) => unknown, EventOf<T>, T>;
/** The events of a decider's stream so far. */
export function given<State, Command, Event extends object>(
  decider: Decider<State, Command, Event>,
  events?: readonly GivenEvent<NoInfer<Event>>[],
  options?: GivenOptions,
): Given<Command, Event, State>;
export function given(
  of: AggregateClass | Decider<unknown, unknown, object>,
  events: readonly object[] = [],
  { id = '1' }: GivenOptions = {},
): Given<never, object, unknown> {
  const subject: ScenarioSubject<never, unknown> = typeof of === 'function' ? aggregateSubject(of) : deciderSubject(of);
  return {
    when: (command) => new ExpectedOutcome(new Scenario({ subject, id, events: [...events], command })),
  };
}
