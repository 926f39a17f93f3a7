import {
  type AggregateRepository,
  On,
  Projection,
  type ProjectionContext,
  type RecordedEvent,
  type SubscriptionManager,
} from '@tidemark/event-sourcing';
import { type Account, AccountCredited, AccountDebited, AccountOpened } from './account.js';

@Projection({ name: 'balances' })
export class Balances {
  @On(AccountOpened)
  async opened({ streamId, data }: RecordedEvent<AccountOpened>, { manager }: ProjectionContext): Promise<void> {
    await manager.query('insert into balances (account, owner, balance) values ($1, $2, 0)', [streamId, data.owner]);
  }

  @On(AccountCredited)
  async credited({ streamId, data }: RecordedEvent<AccountCredited>, { manager }: ProjectionContext): Promise<void> {
    await manager.query('update balances set balance = balance + $2 where account = $1', [streamId, data.amount]);
  }

  @On(AccountDebited)
  async debited({ streamId, data }: RecordedEvent<AccountDebited>, { manager }: ProjectionContext): Promise<void> {
    await manager.query('update balances set balance = balance - $2 where account = $1', [streamId, data.amount]);
  }
}

export async function readYourWrites(
  accounts: AggregateRepository<Account>,
  subscriptions: SubscriptionManager,
): Promise<void> {
  const { position } = await accounts.update('1', (account) => account.credit(5));
  if (position !== undefined) await subscriptions.waitFor(position, { subscription: 'balances', timeoutMs: 10_000 });
}
