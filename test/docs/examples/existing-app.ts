import 'reflect-metadata';
import { Injectable, Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import {
  AggregateRepository,
  DomainEvent,
  EventSourced,
  EventSourcedAggregate,
  EventSourcingModule,
  InjectAggregateRepository,
} from '@tidemark/event-sourcing';

@DomainEvent('account.credited')
export class AccountCredited {
  constructor(readonly amount: number) {}
}

@EventSourced('account')
export class Account extends EventSourcedAggregate {
  balance = 0;

  credit(amount: number): void {
    this.apply(new AccountCredited(amount));
  }

  protected onAccountCredited({ amount }: AccountCredited): void {
    this.balance += amount;
  }
}

@Injectable()
export class Accounts {
  constructor(@InjectAggregateRepository(Account) private readonly accounts: AggregateRepository<Account>) {}

  async open(id: string, amount: number): Promise<void> {
    await this.accounts.create(id, (account) => account.credit(amount));
  }

  async credit(id: string, amount: number): Promise<number> {
    const { aggregate } = await this.accounts.update(id, (account) => account.credit(amount));
    return aggregate.balance;
  }
}

@Module({
  imports: [
    TypeOrmModule.forRootAsync({ useFactory: () => ({ type: 'postgres', url: process.env.DATABASE_URL }) }),
    EventSourcingModule.forRoot({ migrate: true }),
    EventSourcingModule.forFeature({ events: [AccountCredited], aggregates: [Account] }),
  ],
  providers: [Accounts],
})
export class AppModule {}
