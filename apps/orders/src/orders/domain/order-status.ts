/** Where an order stands; shipped and cancelled are final. */
export type OrderStatus = 'placed' | 'shipped' | 'cancelled';

export const ORDER_STATUSES = ['placed', 'shipped', 'cancelled'] as const satisfies readonly OrderStatus[];
