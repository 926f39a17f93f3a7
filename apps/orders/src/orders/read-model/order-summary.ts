import type { OrderItem } from '../domain/order-item.js';
import type { OrderStatus } from '../domain/order-status.js';

/** An order as the read model shows it. */
export interface OrderSummary {
  readonly id: string;
  /** Version of the order's stream that this row reflects. */
  readonly version: number;
  readonly customerId: string;
  readonly status: OrderStatus;
  readonly items: readonly OrderItem[];
  readonly totalCents: number;
  readonly trackingNumber: string | null;
  readonly cancelReason: string | null;
  readonly placedAt: Date;
  readonly updatedAt: Date;
}
