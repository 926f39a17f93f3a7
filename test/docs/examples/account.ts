import {
  DomainEvent,
  EventSourced,
  EventSourcedAggregate,
  AggregateRepository,
  InjectAggregateRepository,
  type SavedAggregate,
} from '@tidemark/event-sourcing';
import { Injectable } from '@nestjs/common';
import { z } from 'zod';

@DomainEvent('account.opened')
export class AccountOpened {
  constructor(readonly owner: string) {}
}

@DomainEvent('account.credited', { schema: z.object({ amount: z.int().positive() }) })
export class AccountCredited {
  constructor(readonly amount: number) {}
}

@DomainEvent('account.debited', { schema: z.object({ amount: z.int().positive() }) })
export class AccountDebited {
  constructor(readonly amount: number) {}
}

@EventSourced('account')
export class Account extends EventSourcedAggregate {
  private balance = 0;

  open(owner: string): void {
    this.apply(new AccountOpened(owner));
  }

  credit(amount: number): void {
    this.apply(new AccountCredited(amount));
  }

  debit(amount: number): void {
    if (amount > this.balance) throw new Error(`There are only ${this.balance} left.`);
    this.apply(new AccountDebited(amount));
  }

  protected onAccountCredited({ amount }: AccountCredited): void {
    this.balance += amount;
  }

  protected onAccountDebited({ amount }: AccountDebited): void {
    this.balance -= amount;
  }
}

@Injectable()
export class Accounts {
  constructor(@InjectAggregateRepository(Account) private readonly accounts: AggregateRepository<Account>) {}

  async open(id: string, owner: string): Promise<void> {
    await this.accounts.create(id, (account) => account.open(owner));
  }

  async credit(id: string, amount: number): Promise<SavedAggregate<Account>> {
    return this.accounts.update(id, (account) => account.credit(amount));
  }

  async debit(id: string, amount: number, ifAtVersion?: number): Promise<SavedAggregate<Account>> {
    return this.accounts.update(id, (account) => account.debit(amount), { expectedVersion: ifAtVersion });
  }
}
