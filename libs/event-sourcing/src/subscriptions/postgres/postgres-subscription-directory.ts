import type { EntityManager } from 'typeorm';
import type { PostgresDatabase } from '../../database/index.js';
import {
  type Member,
  type NotedSubscription,
  type SubscriptionControl,
  SubscriptionDirectory,
} from '../ownership/subscription-directory.js';
import {
  BEGIN_REBUILD,
  FINISH_REBUILD,
  LIST_CONTROLS,
  LIST_MEMBERS,
  PAUSE_SUBSCRIPTION,
  REGISTER_SUBSCRIPTION,
  REMOVE_MEMBER,
  RENEW_MEMBER,
  REQUEST_REBUILD,
  WITHDRAW_REBUILD,
} from './subscription-directory.sql.js';

type Noted = Pick<SubscriptionControl, 'version' | 'partitions'>;

interface ControlRow extends Noted {
  readonly name: string;
  readonly pausedReason: string | null;
  readonly requestedAt: Date | null;
  readonly isDue: boolean;
  readonly startedAt: Date | null;
  readonly finishedAt: Date | null;
  readonly target: bigint | null;
  readonly total: bigint | null;
}

interface MemberRow {
  readonly owner: string;
  readonly subscriptions: string;
  readonly index: number | null;
  readonly total: number | null;
}

/** Who runs what, as rows; time is the database's. What is asked all the time goes over the control connection. */
export class PostgresSubscriptionDirectory extends SubscriptionDirectory {
  constructor(private readonly database: PostgresDatabase) {
    super();
  }

  async register({ name, kind, version, partitions, resettable }: NotedSubscription): Promise<Noted> {
    const values = [name, kind, version, partitions, resettable];
    const [row] = await this.database.query<Noted>(REGISTER_SUBSCRIPTION, values);
    return row ?? { version, partitions };
  }

  async setPaused(name: string, reason: string | undefined): Promise<void> {
    await this.database.query(PAUSE_SUBSCRIPTION, [name, reason ?? null]);
    this.database.notifications.tell('coordination');
  }

  async controls(): Promise<ReadonlyMap<string, SubscriptionControl>> {
    const rows = await this.database.control.query<ControlRow>(LIST_CONTROLS);
    return new Map(rows.map((row) => [row.name, toControl(row)]));
  }

  async requestRebuild(name: string): Promise<void> {
    await this.database.query(REQUEST_REBUILD, [name]);
    this.database.notifications.tell('coordination');
  }

  async beginRebuild(
    name: string,
    { target, total }: { readonly target: bigint; readonly total: bigint },
    manager: EntityManager | undefined,
  ): Promise<boolean> {
    return (await this.database.query(BEGIN_REBUILD, [name, target, total], manager)).length > 0;
  }

  async withdrawRebuild(name: string): Promise<void> {
    await this.database.query(WITHDRAW_REBUILD, [name]);
  }

  async finishRebuild(name: string): Promise<void> {
    await this.database.query(FINISH_REBUILD, [name]);
  }

  async heartbeat({ owner, subscriptions, assignment }: Member, ttlMs: number): Promise<readonly Member[]> {
    const { index = null, total = null } = assignment ?? {};
    await this.database.control.query(RENEW_MEMBER, [owner, subscriptions, ttlMs, index, total]);
    // A statement of its own, so that it sees who was entered while the one before it ran.
    return (await this.database.control.query<MemberRow>(LIST_MEMBERS)).map(memberOf);
  }

  async leave(owner: string): Promise<void> {
    await this.database.control.query(REMOVE_MEMBER, [owner]);
    this.database.notifications.tell('coordination');
  }

  override onChange(listener: () => void): () => void {
    return this.database.notifications.on('coordination', listener);
  }
}

function toControl({ version, partitions, pausedReason, requestedAt, ...rebuild }: ControlRow): SubscriptionControl {
  return {
    version,
    partitions,
    pausedReason: pausedReason ?? undefined,
    rebuild:
      requestedAt === null
        ? undefined
        : {
            requestedAt,
            isDue: rebuild.isDue,
            startedAt: rebuild.startedAt ?? undefined,
            finishedAt: rebuild.finishedAt ?? undefined,
            target: rebuild.target ?? undefined,
            total: rebuild.total ?? undefined,
          },
  };
}

function memberOf({ owner, subscriptions: names, index, total }: MemberRow): Member {
  const subscriptions = JSON.parse(names) as string[];
  return index === null || total === null
    ? { owner, subscriptions }
    : { owner, subscriptions, assignment: { index, total } };
}
