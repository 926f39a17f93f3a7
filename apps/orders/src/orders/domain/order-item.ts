/** One line of an order. */
export interface OrderItem {
  readonly sku: string;
  readonly quantity: number;
  readonly unitPriceCents: number;
}

/** What all lines cost together, in cents. */
export function totalCentsOf(items: readonly OrderItem[]): number {
  return items.reduce((total, { quantity, unitPriceCents }) => total + quantity * unitPriceCents, 0);
}
