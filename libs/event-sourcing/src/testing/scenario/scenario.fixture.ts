import { expect } from '@jest/globals';
import { AssertionError } from 'node:assert';
import { z } from 'zod';
import { defineDecider, EventSourced, EventSourcedAggregate } from '../../aggregates/index.js';
import { DomainEvent } from '../../core/index.js';

/** An account was opened. */
@DomainEvent('account.opened')
export class AccountOpened {
  constructor(readonly owner: string) {}
}

/** Money came in. */
@DomainEvent('account.credited', { schema: z.object({ amount: z.int().positive() }) })
export class AccountCredited {
  constructor(readonly amount: number) {}
}

/** Money went out. */
@DomainEvent('account.debited', { schema: z.object({ amount: z.int().positive() }) })
export class AccountDebited {
  constructor(readonly amount: number) {}
}

/** An account has a time, which JSON makes a text of. */
@DomainEvent('account.dated')
export class AccountDated {
  constructor(readonly at: Date | string) {}
}

/** No event. */
export class Undecorated {
  readonly a = 1;
}

/** What an account refuses a debit with. */
export class Overdrawn extends Error {
  readonly code = 'OVERDRAWN';
}

/** An account that names its events. */
@EventSourced('account')
export class Account extends EventSourcedAggregate<AccountOpened | AccountCredited | AccountDebited | AccountDated> {
  balance = 0;

  open(owner: string): void {
    this.apply(new AccountOpened(owner));
  }

  credit(amount: number): void {
    this.apply(new AccountCredited(amount));
  }

  debit(amount: number): void {
    if (amount > this.balance) throw new Overdrawn(`There are only ${this.balance} left.`);
    this.apply(new AccountDebited(amount));
  }

  async creditLater(amount: Promise<number>): Promise<void> {
    this.credit(await amount);
  }

  date(at: Date): void {
    this.apply(new AccountDated(at));
  }

  applyWrong(event: object): void {
    this.apply(event as AccountOpened);
  }

  protected onAccountCredited({ amount }: AccountCredited): void {
    if (amount === 666) throw new Error('not this one');
    this.balance += amount;
  }

  protected onAccountDebited({ amount }: AccountDebited): void {
    this.balance -= amount;
  }
}

/** Seats were reserved. */
@DomainEvent('screening.seats-reserved')
export class SeatsReserved {
  constructor(readonly seats: number) {}
}

/** A screening takes no reservations any more. */
@DomainEvent('screening.closed')
export class ScreeningClosed {
  constructor(readonly reason: string) {}
}

/** A decider whose decisions take their time. */
export const screening = defineDecider({
  category: 'screening',
  initialState: () => ({ free: 40 }),
  async decide(command: { readonly do: 'reserve'; readonly seats: number }, { free }) {
    if (command.seats > free) throw new Error(`There are only ${free} seats left.`);
    return command.seats === 0 ? [] : [new SeatsReserved(command.seats)];
  },
  evolve({ free }, event: SeatsReserved | ScreeningClosed) {
    return { free: event instanceof SeatsReserved ? free - event.seats : 0 };
  },
});

/** The error of an expectation that is not met. */
export async function unmet(expectation: Promise<void>): Promise<AssertionError> {
  const error: unknown = await expectation.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(AssertionError);
  return error as AssertionError;
}
