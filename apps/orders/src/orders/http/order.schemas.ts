import { z } from 'zod';
import { hasWholeCents } from '../domain/money.js';
import { ORDER_STATUSES } from '../domain/order-status.js';
import { decodeCursor } from '../read-model/order-cursor.js';

const text = (longest: number) =>
  z
    .string()
    .trim()
    .min(1, 'must not be empty')
    .max(longest, `must have at most ${longest} characters`)
    .refine((value) => !/[\p{Cc}\p{Cs}]/u.test(value), 'must hold no control characters');

const orderId = z.uuid('must be a UUID').toLowerCase();
const customerId = text(100).meta({ example: 'ada' });

const unitPrice = z
  .number()
  .min(0)
  .max(1_000_000)
  .refine(hasWholeCents, 'must have at most two decimal places')
  .meta({ description: 'With at most two decimal places.', example: 9.5 });

const item = z.object({
  sku: text(100).meta({ example: 'tea-500g' }),
  quantity: z.int().min(1).max(10_000).meta({ example: 2 }),
  unitPrice,
});

export const orderPath = z.object({ id: orderId });

export const placeOrderBody = z.object({
  customerId,
  items: z.array(item).min(1, 'must have at least one item').max(100, 'must have at most 100 items'),
});

export const shipOrderBody = z.object({ trackingNumber: text(100).meta({ example: '1Z999AA10123456784' }) });

export const cancelOrderBody = z.object({ reason: text(500).meta({ example: 'Changed my mind' }) });

// Strict: a mistyped filter would silently list everything.
export const listOrdersQuery = z.strictObject({
  status: z.enum(ORDER_STATUSES).optional(),
  customerId: customerId.optional(),
  limit: z.coerce.number<string>().int().min(1).max(100).default(20),
  cursor: z
    .string()
    .transform((cursor, context) => {
      const after = decodeCursor(cursor);
      if (after === undefined) context.addIssue('must be the nextCursor of an earlier page');
      return after;
    })
    .optional(),
});

const time = z.iso.datetime().meta({ example: '2026-03-01T12:00:00.000Z' });

export const receiptView = z.object({ id: z.uuid(), version: z.int().min(1) }).meta({ id: 'Receipt' });

export const orderView = z
  .object({
    id: z.uuid(),
    version: z.int().min(1),
    customerId: z.string(),
    status: z.enum(ORDER_STATUSES),
    items: z.array(z.object({ sku: z.string(), quantity: z.int(), unitPrice: z.number() })),
    total: z.number().meta({ description: 'What all items cost together, exact to the cent.', example: 19 }),
    trackingNumber: z.string().nullable(),
    cancelReason: z.string().nullable(),
    placedAt: time,
    updatedAt: time,
  })
  .meta({ id: 'Order' });

export const orderListView = z.object({
  items: z.array(orderView),
  nextCursor: z.string().nullable().meta({ description: 'For the next page; null on the last one.' }),
});

export const orderHistoryView = z.object({
  id: z.uuid(),
  version: z.int().min(1),
  events: z.array(
    z.object({
      id: z.uuid(),
      type: z.string().meta({ example: 'order.placed' }),
      schemaVersion: z.int().min(1),
      version: z.int().min(1),
      position: z.string().meta({ description: 'In the whole store, ascending.', example: '42' }),
      data: z.record(z.string(), z.unknown()).meta({ description: 'As it was recorded; amounts are in cents.' }),
      correlationId: z.string().nullable(),
      causationId: z.string().nullable(),
      occurredAt: time,
      recordedAt: time,
    }),
  ),
});

export const errorView = z
  .object({
    statusCode: z.int(),
    error: z.string(),
    message: z.union([
      z.string(),
      z.array(z.string()).meta({ description: 'One entry per field: its path, then why.' }),
    ]),
    code: z.string().optional(),
  })
  .meta({ id: 'Error' });

export type OrderPath = z.infer<typeof orderPath>;
export type PlaceOrderBody = z.infer<typeof placeOrderBody>;
export type ShipOrderBody = z.infer<typeof shipOrderBody>;
export type CancelOrderBody = z.infer<typeof cancelOrderBody>;
export type ListOrdersQuery = z.infer<typeof listOrdersQuery>;
export type ReceiptView = z.infer<typeof receiptView>;
export type OrderView = z.infer<typeof orderView>;
export type OrderListView = z.infer<typeof orderListView>;
export type OrderHistoryView = z.infer<typeof orderHistoryView>;
