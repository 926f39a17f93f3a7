import { On, Projection, type ProjectionContext, type RecordedEvent } from '@tidemark/event-sourcing';
import type { PoolClient } from 'pg';
import { AccountCredited } from './account.js';

@Projection({ name: 'deposits' })
export class Deposits {
  @On(AccountCredited)
  async credited({ streamId, data }: RecordedEvent<AccountCredited>, { manager }: ProjectionContext): Promise<void> {
    const client = (await manager.queryRunner?.connect()) as PoolClient;
    await client.query({
      name: 'deposit',
      text: `insert into deposits as d (account, amount) values ($1, $2)
             on conflict (account) do update set amount = d.amount + excluded.amount`,
      values: [streamId, data.amount],
    });
  }
}
