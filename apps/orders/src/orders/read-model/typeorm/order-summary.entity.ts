import { Column, Entity, Index, PrimaryColumn, type ValueTransformer } from 'typeorm';
import type { OrderItem } from '../../domain/order-item.js';
import type { OrderStatus } from '../../domain/order-status.js';
import type { OrderSummary } from '../order-summary.js';

// The driver gives a bigint as text. Cents stay far below what a number holds exactly.
const cents: ValueTransformer = { to: (value: unknown) => value, from: Number };

/** A row of `order_summaries`; the table and its indexes come from the migrations. */
@Entity('order_summaries')
@Index('order_summaries_by_time', ['placedAt', 'id'])
@Index('order_summaries_by_customer', ['customerId', 'placedAt', 'id'])
@Index('order_summaries_by_status', ['status', 'placedAt', 'id'])
export class OrderSummaryEntity implements OrderSummary {
  @PrimaryColumn('uuid', { primaryKeyConstraintName: 'order_summaries_pkey' })
  id!: string;

  @Column('integer')
  version!: number;

  @Column('text', { name: 'customer_id' })
  customerId!: string;

  @Column('text')
  status!: OrderStatus;

  @Column('jsonb')
  items!: readonly OrderItem[];

  @Column('bigint', { name: 'total_cents', transformer: cents })
  totalCents!: number;

  @Column('text', { name: 'tracking_number', nullable: true })
  trackingNumber!: string | null;

  @Column('text', { name: 'cancel_reason', nullable: true })
  cancelReason!: string | null;

  @Column('timestamp with time zone', { name: 'placed_at', precision: 3 })
  placedAt!: Date;

  @Column('timestamp with time zone', { name: 'updated_at', precision: 3 })
  updatedAt!: Date;
}
