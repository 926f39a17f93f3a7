import type { INestApplicationContext } from '@nestjs/common';
import {
  OnBatch,
  Projection,
  type ProjectionContext,
  type RecordedEvent,
  SubscriptionManager,
} from '@tidemark/event-sourcing';
import type { EntityManager } from 'typeorm';
import { AccountCredited, AccountDebited } from './account.js';

type Moved = RecordedEvent<AccountCredited | AccountDebited>;

@Projection({ name: 'turnover', version: 2, partitions: 4, batchSize: 500 })
export class Turnover {
  @OnBatch(AccountCredited, AccountDebited)
  async moved(events: readonly Moved[], { manager }: ProjectionContext): Promise<void> {
    await manager.query(
      `insert into turnover as t (account, amount)
       select account, sum(amount) from unnest($1::text[], $2::integer[]) as moved (account, amount) group by account
       on conflict (account) do update set amount = t.amount + excluded.amount`,
      [events.map(({ streamId }) => streamId), events.map(({ data }) => data.amount)],
    );
  }

  async reset(manager: EntityManager): Promise<void> {
    await manager.query('truncate turnover');
  }
}

/** Rebuilds the read model, and tells how far it has come. */
export async function rebuildTurnover(
  subscriptions: SubscriptionManager,
  tell: (line: string) => void,
): Promise<bigint> {
  const { done, ratePerSecond } = await subscriptions.rebuild('turnover', {
    onProgress: ({ done, total, secondsLeft = 0 }) => tell(`${done} of ${total}, ${secondsLeft.toFixed(0)} s left`),
  });
  tell(`${done} events, ${ratePerSecond.toFixed(0)} per second`);
  return done;
}

/** A job: brings a read model up to date and ends. */
export async function bringUpToDate(app: INestApplicationContext): Promise<void> {
  await app.get(SubscriptionManager).runToHead({ subscriptions: ['turnover'], timeoutMs: 600_000 });
  await app.close();
}
