import type { EntityManager } from 'typeorm';
import type { SubscriptionDefinition } from '../subscription-definition.js';
import type { StaticAssignment } from './assignment.js';

/** A process that runs subscriptions. */
export interface Member {
  readonly owner: string;
  /** Names of those that it runs. */
  readonly subscriptions: readonly string[];
  /** Its number among processes that were numbered by hand; `undefined` for one that takes its fair share. */
  readonly assignment?: StaticAssignment;
}

/** How the last rebuild of a subscription stands. */
export interface RebuildRecord {
  readonly requestedAt: Date;
  /** Whether a raised version asks for it, whose handlers are not to meet the read model as it is. */
  readonly isDue: boolean;
  /** When the checkpoints were put back; `undefined` where nobody has done so yet. */
  readonly startedAt: Date | undefined;
  /** When everything up to `target` had been handled again; `undefined` where it has not yet. */
  readonly finishedAt: Date | undefined;
  /** How far the feed was settled when the checkpoints were put back. */
  readonly target: bigint | undefined;
  /** Events up to `target` that the subscription wants. */
  readonly total: bigint | undefined;
}

/** What holds for a subscription in all processes. */
export interface SubscriptionControl {
  /** Greatest version that was ever noted; a process with a lower one leaves it alone. */
  readonly version: number;
  readonly partitions: number;
  /** Why it is paused; `undefined` where it is not. */
  readonly pausedReason: string | undefined;
  readonly rebuild: RebuildRecord | undefined;
}

/** What a subscription is noted with. */
export type NotedSubscription = Pick<SubscriptionDefinition, 'name' | 'kind' | 'version' | 'partitions'> & {
  /** Whether it can be rebuilt; one that cannot keeps the version that it was noted with. */
  readonly resettable: boolean;
};

/** The port to who runs what. Behaviour: `subscriptionDirectoryContract` of the testing entry. */
export abstract class SubscriptionDirectory {
  /**
   * Notes a subscription, and gives what it is noted with. A higher version of one that can be rebuilt takes its number of
   * partitions along and asks for the rebuild; in all other cases version and partitions stay as they were noted first.
   */
  abstract register(subscription: NotedSubscription): Promise<Pick<SubscriptionControl, 'version' | 'partitions'>>;

  /** Pauses a noted subscription in all processes, or lets it go on where the reason is `undefined`. */
  abstract setPaused(name: string, reason: string | undefined): Promise<void>;

  /** What holds for each subscription that was ever noted, by name; for those that nobody runs any more too. */
  abstract controls(): Promise<ReadonlyMap<string, SubscriptionControl>>;

  /** Asks for a rebuild of a noted subscription, unless one is asked for or under way. */
  abstract requestRebuild(name: string): Promise<void>;

  /**
   * Notes that a rebuild that was asked for has begun; `false` where none was, or another has begun it. Who begins holds
   * the subscription's row until the end of the transaction of `manager`.
   */
  abstract beginRebuild(
    name: string,
    scope: { readonly target: bigint; readonly total: bigint },
    manager: EntityManager | undefined,
  ): Promise<boolean>;

  /** Takes back the request for a rebuild that has not begun, unless it is due. */
  abstract withdrawRebuild(name: string): Promise<void>;

  /** Notes that the rebuild under way has come to its target. */
  abstract finishRebuild(name: string): Promise<void>;

  /** Says that a process is alive for `ttlMs` from now, and then gives all that are, itself included. */
  abstract heartbeat(member: Member, ttlMs: number): Promise<readonly Member[]>;

  /** Says that a process has ended. */
  abstract leave(owner: string): Promise<void>;

  /** Is told soon, where the store can, that another process has changed something here; until the returned function is called. */
  onChange(_listener: () => void): () => void {
    return () => undefined;
  }
}
