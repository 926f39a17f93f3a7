import type { EventClass, RecordedEvent } from '../../core/index.js';

/** What a handler is marked for: an event class, or a pattern of wire names such as `order.*`. */
export type EventSelector = EventClass | string;

/** A method marked with {@link On} or {@link OnBatch}, and one of the things that it handles. */
export interface MarkedHandler {
  readonly method: string;
  readonly selector: EventSelector;
  /** Whether it takes many events at once. */
  readonly batch: boolean;
}

type MarksMethod<Handler> = <M extends Handler>(
  target: object,
  method: string,
  descriptor: TypedPropertyDescriptor<M>,
) => void;

type Handles<T extends object> = (event: RecordedEvent<T>, context: never) => Promise<void> | void;

type HandlesMany<T extends object> = (events: readonly RecordedEvent<T>[], context: never) => Promise<void> | void;

type EventOf<Selector> = Selector extends EventClass<infer T> ? T : object;

const HANDLERS = Symbol.for('tidemark.handlers');

/**
 * Marks a method as the handler of an event class, or of all wire names that begin as the pattern does (`order.*`, `*`).
 * It is called with the recorded event and the handler's context, once its promise has resolved with the next event. Of
 * several that fit, the class goes before a pattern, and the longer pattern before the shorter.
 */
export function On<T extends object>(eventClass: EventClass<T>): MarksMethod<Handles<T>>;
export function On(pattern: string): MarksMethod<Handles<object>>;
export function On(selector: EventSelector): MarksMethod<Handles<never>> {
  return (target, method) => mark(target, [{ method, selector, batch: false }]);
}

/**
 * Marks a method as the handler of event classes, or patterns, that takes many at once: those that follow upon each other in
 * the batch, in the order of the feed, at least one. After a failure the batch is redone with one event at a time.
 */
export function OnBatch<const Selectors extends readonly [EventSelector, ...EventSelector[]]>(
  ...selectors: Selectors
): MarksMethod<HandlesMany<EventOf<Selectors[number]>>> {
  return (target, method) =>
    mark(
      target,
      selectors.map((selector) => ({ method, selector, batch: true })),
    );
}

/** The handlers marked on a class, those of its parents first. */
export function handlersMarkedOn(type: object): readonly MarkedHandler[] {
  return (type as { prototype?: Partial<Marked> }).prototype?.[HANDLERS] ?? [];
}

interface Marked {
  [HANDLERS]: MarkedHandler[];
}

function mark(target: object, marked: readonly MarkedHandler[]): void {
  const own = Object.hasOwn(target, HANDLERS);
  const handlers = own ? (target as Marked)[HANDLERS] : [...handlersMarkedOn(target.constructor)];
  handlers.push(...marked);
  if (!own) Object.defineProperty(target, HANDLERS, { value: handlers });
}
