import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import {
  AggregateRepository,
  DomainEvent,
  EventSourced,
  EventSourcedAggregate,
  EventSourcingModule,
  getAggregateRepositoryToken,
  On,
  Projection,
  type RecordedEvent,
  SubscriptionManager,
} from '@tidemark/event-sourcing';

@DomainEvent('account.credited')
class AccountCredited {
  constructor(readonly amount: number) {}
}
@EventSourced('account')
class Account extends EventSourcedAggregate {
  credit(amount: number) {
    this.apply(new AccountCredited(amount));
  }
}
@Projection({ name: 'balances' })
class Balances {
  readonly byAccount = new Map<string, number>();
  @On(AccountCredited)
  credited({ streamId, data }: RecordedEvent<AccountCredited>) {
    this.byAccount.set(streamId, (this.byAccount.get(streamId) ?? 0) + data.amount);
  }
}
const root = EventSourcingModule.forRoot({ store: 'memory' }); // or 'postgres', beside TypeOrmModule.forRoot(...)
const feature = { events: [AccountCredited], aggregates: [Account], projections: [Balances] };
const AppModule = { module: class {}, imports: [root, EventSourcingModule.forFeature(feature)] };

/** Runs what the README shows, and gives the balance that it ends with. */
export async function runReadmeExample(): Promise<number | undefined> {
  const app = await NestFactory.createApplicationContext(AppModule, { logger: false });
  const accounts = app.get<AggregateRepository<Account>>(getAggregateRepositoryToken(Account), { strict: false });
  await accounts.create('42', (account) => account.credit(10));
  const { position } = await accounts.update('42', (account) => account.credit(5));
  await app.get(SubscriptionManager).waitFor(position!, { subscription: 'balances' });
  const balance = app.get(Balances, { strict: false }).byAccount.get('account-42'); // 15
  await app.close();
  return balance;
}
