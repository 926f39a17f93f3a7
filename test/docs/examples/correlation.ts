import type { AggregateRepository, EventContext } from '@tidemark/event-sourcing';
import type { Account } from './account.js';

export async function creditInContext(context: EventContext, accounts: AggregateRepository<Account>): Promise<void> {
  await context.run({ correlationId: 'import-7', actor: 'ada' }, async () => {
    await accounts.update('1', (account) => account.credit(5));
  });
}
