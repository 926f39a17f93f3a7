import { Injectable } from '@nestjs/common';
import type { OrderCursor } from '../order-cursor.js';
import {
  type OrderChange,
  type OrderFilter,
  type OrderPage,
  OrderSummaries,
  OutOfStepError,
} from '../order-summaries.js';
import type { OrderSummary } from '../order-summary.js';

/** The read model in this process, for as long as it runs. */
@Injectable()
export class InMemoryOrderSummaries extends OrderSummaries {
  private readonly summaries = new Map<string, OrderSummary>();

  async find(id: string): Promise<OrderSummary | undefined> {
    return this.summaries.get(id);
  }

  async list({ status, customerId }: OrderFilter, { limit, after }: OrderPage): Promise<readonly OrderSummary[]> {
    return [...this.summaries.values()]
      .filter((summary) => status === undefined || summary.status === status)
      .filter((summary) => customerId === undefined || summary.customerId === customerId)
      .filter((summary) => after === undefined || newestFirst(summary, after) > 0)
      .sort(newestFirst)
      .slice(0, limit);
  }

  async add(summary: OrderSummary): Promise<void> {
    if (this.summaries.has(summary.id)) throw new OutOfStepError(summary.id, summary.version);
    this.summaries.set(summary.id, summary);
  }

  async change(id: string, change: OrderChange): Promise<void> {
    const summary = this.summaries.get(id);
    if (summary?.version !== change.version - 1) throw new OutOfStepError(id, change.version);
    this.summaries.set(id, { ...summary, ...change });
  }
}

function newestFirst(a: OrderCursor, b: OrderCursor): number {
  const byTime = b.placedAt.getTime() - a.placedAt.getTime();
  if (byTime !== 0) return byTime;
  if (a.id === b.id) return 0;
  return a.id < b.id ? 1 : -1;
}
