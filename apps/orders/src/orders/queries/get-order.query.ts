import { Query } from '@nestjs/cqrs';
import type { OrderSummary } from '../read-model/order-summary.js';

/** One order, as the read model has it. */
export class GetOrder extends Query<OrderSummary> {
  constructor(readonly id: string) {
    super();
  }
}
