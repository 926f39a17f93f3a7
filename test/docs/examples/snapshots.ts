import { EventSourced, EventSourcedAggregate } from '@tidemark/event-sourcing';
import { AccountCredited } from './account.js';

@EventSourced('ledger', { snapshotEvery: 100 })
export class Ledger extends EventSourcedAggregate {
  total = 0;

  credit(amount: number): void {
    this.apply(new AccountCredited(amount));
  }

  protected onAccountCredited({ amount }: AccountCredited): void {
    this.total += amount;
  }
}

@EventSourced('histogram', { snapshotEvery: 100, snapshotVersion: 2 })
export class Histogram extends EventSourcedAggregate {
  private counts = new Map<number, number>();

  credit(amount: number): void {
    this.apply(new AccountCredited(amount));
  }

  countOf(amount: number): number {
    return this.counts.get(amount) ?? 0;
  }

  override toSnapshot(): object {
    return { counts: [...this.counts] };
  }

  override fromSnapshot({ counts }: { counts: [number, number][] }): void {
    this.counts = new Map(counts);
  }

  protected onAccountCredited({ amount }: AccountCredited): void {
    this.counts.set(amount, this.countOf(amount) + 1);
  }
}
