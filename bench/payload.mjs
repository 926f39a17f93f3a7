import { v7 } from 'uuid';

const NOTE = 'Leave the parcel with the neighbours on the ground floor, and ring twice: the bell is hard to hear. ';

/** The content of the n-th event, about 400 bytes of JSON; the same for all contestants. */
export function payload(n) {
  return {
    number: n,
    customerId: `customer-${n % 1_000}`,
    placedAt: '2026-01-02T03:04:05.678Z',
    currency: 'EUR',
    total: 129.9 + (n % 100),
    lines: [
      { sku: 'TM-0001', name: 'tide gauge', quantity: 1 + (n % 3), price: 99.95 },
      { sku: 'TM-0042', name: 'chart of the bay', quantity: 2, price: 14.5 },
    ],
    note: NOTE,
  };
}

/** The same as a row of the table that raw SQL writes to. */
export function payloadRow(streamId, version, n) {
  return { streamId, version, id: v7(), type: 'bench.placed', data: JSON.stringify(payload(n)), metadata: '{}' };
}
