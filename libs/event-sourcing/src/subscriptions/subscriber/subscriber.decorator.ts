import type { SubscriptionDeclaration } from '../declaration/subscription-declaration.js';
import type { StartFrom } from '../subscription-definition.js';

/** What `@Subscriber` takes. */
export interface SubscriberOptions extends SubscriptionDeclaration {
  /** Where a subscriber without a checkpoint begins; one that has a checkpoint goes on from there. @default 'beginning' */
  readonly startFrom?: StartFrom;
}

/** What a subscriber's handler gets beside the event. */
export interface SubscriberContext {
  /** Name of the subscriber. */
  readonly subscription: string;
  readonly partition: number;
  /** Aborted when the handler should give up. */
  readonly signal: AbortSignal;
}

const SUBSCRIBER = Symbol.for('tidemark.subscriber');

/**
 * Marks a class as a subscriber: it has side effects, such as mails or calls to other services. At least once: after a
 * crash an event may come again, with the same `event.id`, which is the key by which the other side knows repetitions.
 */
export function Subscriber(options: SubscriberOptions) {
  return (type: abstract new (...args: never[]) => object): void => {
    Object.defineProperty(type, SUBSCRIBER, { value: Object.freeze({ ...options }) });
  };
}

/** What `@Subscriber` said of this very class; `undefined` for a class without it. */
export function subscriberOptionsOf(type: object): SubscriberOptions | undefined {
  return Object.hasOwn(type, SUBSCRIBER) ? (type as { [SUBSCRIBER]: SubscriberOptions })[SUBSCRIBER] : undefined;
}
