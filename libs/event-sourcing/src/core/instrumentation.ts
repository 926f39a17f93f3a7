import type { RecordedEvent } from './recorded-event.js';

/** A kind of fact that a room reports; declared with {@link defineSignal} beside what reports it. */
export interface Signal<T> {
  readonly name: string;
  /** Only carries the type. */
  readonly payload?: T;
}

/** Declares a kind of fact, for example `defineSignal<AppendCompleted>('append.completed')`. */
export function defineSignal<T>(name: string): Signal<T> {
  return Object.freeze({ name });
}

type Listener = (payload: never) => void;

/** A piece of work that a room does, for who follows it from its beginning to its end. */
export interface Operation {
  readonly name: 'append' | 'read' | 'load' | 'save' | 'handle' | 'redrive';
  /** The stream, where it is about a single one. */
  readonly streamId?: string;
  /** What is appended or handled. */
  readonly events?: readonly Pick<RecordedEvent, 'id' | 'type'>[];
  /** W3C trace parents of the appends that it follows from. */
  readonly traceParents?: readonly string[];
  readonly subscription?: string;
  readonly partition?: number;
  /** What the partition does now. */
  readonly state?: string;
}

/** An operation that somebody follows, as its work sees it. */
export interface FollowedOperation {
  /** W3C trace parent that belongs to it, for the metadata of what it stores. */
  readonly traceParent: string | undefined;
  /** Adds what turns out in the course of it. */
  note(more: Omit<Operation, 'name'>): void;
}

/** Runs the work of an operation, once, and gives what it gives. */
export type Follow = <T>(operation: Operation, work: (followed: FollowedOperation) => Promise<T>) => Promise<T>;

/**
 * The port that rooms report facts to and that logs, metrics and traces listen to. Costs one look-up when nobody
 * listens. A listener that throws disturbs neither the reporter nor the other listeners.
 */
export class Instrumentation {
  private readonly listeners = new Map<string, Set<Listener>>();
  private follower: Follow | undefined;

  /** @param onListenerError told when a listener throws. */
  constructor(private readonly onListenerError: (error: unknown, signal: string) => void = () => undefined) {}

  /** Tells every listener of `signal`, at once and in this call. */
  emit<T>(signal: Signal<T>, payload: T): void {
    const listeners = this.listeners.get(signal.name);
    if (listeners === undefined) return;
    for (const listener of listeners) {
      try {
        (listener as (payload: T) => void)(payload);
      } catch (error) {
        this.onListenerError(error, signal.name);
      }
    }
  }

  /** Whether anyone follows operations, for rooms that do without the closures of {@link around} where nobody does. */
  get isFollowed(): boolean {
    return this.follower !== undefined;
  }

  /** Does the work of an operation; where somebody follows, inside of what that one wraps around it. */
  around<T>(describe: () => Operation, work: (followed?: FollowedOperation) => Promise<T>): Promise<T> {
    return this.follower === undefined ? work() : this.follower(describe(), work);
  }

  /** Has one follow every operation that begins from now on, until the returned function is called. There is one at a time. */
  follow(follower: Follow): () => void {
    this.follower = follower;
    return () => {
      if (this.follower === follower) this.follower = undefined;
    };
  }

  /** Whether anyone listens, for reporters whose payload costs something to put together. */
  hasListeners(signal: Signal<unknown>): boolean {
    return this.listeners.has(signal.name);
  }

  /** Listens until the returned function is called. */
  on<T>(signal: Signal<T>, listener: (payload: T) => void): () => void {
    const listeners = this.listeners.get(signal.name) ?? new Set();
    this.listeners.set(signal.name, listeners.add(listener));
    return () => {
      // Who leaves twice must not take away those who came meanwhile.
      if (listeners.delete(listener) && listeners.size === 0) this.listeners.delete(signal.name);
    };
  }
}
