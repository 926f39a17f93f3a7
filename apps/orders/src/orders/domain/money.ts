/** Whether `amount` has at most two decimal places, so that cents say it exactly. */
export function hasWholeCents(amount: number): boolean {
  // A decimal and its cents divided by 100 are rounded to the same double, or else there are more places.
  return Math.round(amount * 100) / 100 === amount;
}

/** An amount with at most two decimal places in cents, in which sums are exact. */
export function toCents(amount: number): number {
  return Math.round(amount * 100);
}

/** Cents as the amount that people write. */
export function fromCents(cents: number): number {
  return cents / 100;
}
