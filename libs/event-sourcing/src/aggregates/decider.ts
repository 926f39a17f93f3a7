import { ConfigurationError, deepFreeze, type RecordedEvent } from '../core/index.js';
import { problemsOfCategory } from './event-sourced.decorator.js';
import { problemsOfSnapshotOptions, type SnapshotOptions, snapshotPolicyOf } from './snapshots/snapshot-policy.js';
import { assertPlain } from './snapshots/snapshot-state.js';
import type { StreamFold } from './stream-fold.js';

/** An aggregate as three functions over an immutable state (Chassaing: Functional Event Sourcing Decider, 2021). */
export interface Decider<State, Command, Event extends object> extends SnapshotOptions {
  /** What stands before the first dash of the stream ids. */
  readonly category: string;
  /** The state before the first event. */
  initialState(id: string): State;
  /** The events that a command brings about, none where it changes nothing. What it throws refuses the command. */
  decide(command: Command, state: NoInfer<State>): readonly NoInfer<Event>[] | Promise<readonly NoInfer<Event>[]>;
  /** The state after one more event. Must not change its arguments. */
  evolve(state: NoInfer<State>, event: Event): NoInfer<State>;
  /** What a snapshot keeps, storable as JSON. @default the state itself, where it is plain data */
  toSnapshot?(state: NoInfer<State>): unknown;
  /** The state out of what `toSnapshot` gave, after a way through JSON. @default what the snapshot kept */
  fromSnapshot?(captured: unknown, id: string): NoInfer<State>;
}

/** Any decider, whatever its types. */
// Its type parameters stand in both directions, so that no narrower type takes them all.
// eslint-disable-next-line @typescript-eslint/no-explicit-any
export type AnyDecider = Decider<any, any, any>;

/** Checks a decider and infers its types: the state from `initialState`, the command from `decide`, the event from `evolve`. */
export function defineDecider<State, Command, Event extends object>(
  decider: Decider<State, Command, Event>,
): Decider<State, Command, Event> {
  const problems = [...problemsOfCategory(decider.category), ...problemsOfSnapshotOptions(decider)];
  if (problems.length > 0) {
    throw new ConfigurationError(
      problems.map((problem) => `defineDecider of '${String(decider.category)}': ${problem}`),
    );
  }
  return decider;
}

/** A decider as a {@link StreamFold}. */
export function deciderFold<State, Command, Event extends object>(
  decider: Decider<State, Command, Event>,
): StreamFold<State> {
  return {
    category: decider.category,
    snapshots: snapshotPolicyOf(decider),
    blank: (id) => decider.initialState(id),
    apply: (state, event) => decider.evolve(state, (event as RecordedEvent<Event>).data),
    capture: (state) => {
      if (decider.toSnapshot !== undefined) return decider.toSnapshot(state);
      assertPlain(state, 'state');
      return state;
    },
    restore: (id, captured) =>
      decider.fromSnapshot === undefined ? (captured as State) : decider.fromSnapshot(captured, id),
  };
}

/** Decides, and evolves the state by what was decided. The events are frozen, as recorded ones are. */
export async function decideAndEvolve<State, Command, Event extends object>(
  decider: Decider<State, Command, Event>,
  command: Command,
  state: State,
): Promise<{ readonly events: readonly Event[]; readonly state: State }> {
  const events = deepFreeze([...(await decider.decide(command, state))]);
  // Before anything is stored: an event that cannot be applied would leave a stream that cannot be loaded.
  return { events, state: events.reduce((current, event) => decider.evolve(current, event), state) };
}
