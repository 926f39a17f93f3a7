import type { ProjectionContext } from '@tidemark/event-sourcing';
import type { OrderStatus } from '../domain/order-status.js';
import type { OrderCursor } from './order-cursor.js';
import type { OrderSummary } from './order-summary.js';

/** Which orders to list. */
export interface OrderFilter {
  readonly status?: OrderStatus;
  readonly customerId?: string;
}

/** Which part of the orders to list: at most `limit` after the cursor, newest first. */
export interface OrderPage {
  readonly limit: number;
  readonly after?: OrderCursor;
}

/** What an event changes in a summary. */
export type OrderChange = Pick<OrderSummary, 'version' | 'updatedAt'> &
  Partial<Pick<OrderSummary, 'status' | 'trackingNumber' | 'cancelReason'>>;

/** What a write joins: the transaction in which the projection's checkpoint advances, where the store has one. */
export type WriteContext = Pick<ProjectionContext, 'manager'>;

/** The read model of orders. Only the projection writes; an event that is applied twice, or before its turn, is an error. */
export abstract class OrderSummaries {
  abstract find(id: string): Promise<OrderSummary | undefined>;

  /** Newest first, by the time of placing and then by id. */
  abstract list(filter: OrderFilter, page: OrderPage): Promise<readonly OrderSummary[]>;

  /** Adds an order. Fails where it is there already. */
  abstract add(summary: OrderSummary, context: WriteContext): Promise<void>;

  /** Changes an order that is at the version before the change's. Throws {@link OutOfStepError} where it is not. */
  abstract change(id: string, change: OrderChange, context: WriteContext): Promise<void>;
}

/** The summary is not at the version that an event follows on: an event was skipped or came twice. */
export class OutOfStepError extends Error {
  override readonly name = 'OutOfStepError';

  constructor(
    readonly id: string,
    /** Version of the event. */
    readonly version: number,
  ) {
    super(`Event ${version} of order ${id} does not follow on its summary, which is not at version ${version - 1}.`);
  }
}
