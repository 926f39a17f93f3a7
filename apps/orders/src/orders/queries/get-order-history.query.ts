import { Query } from '@nestjs/cqrs';
import type { RecordedEvent } from '@tidemark/event-sourcing';

/** Everything that ever happened to an order, oldest first, from its stream. */
export class GetOrderHistory extends Query<readonly RecordedEvent[]> {
  constructor(readonly id: string) {
    super();
  }
}
