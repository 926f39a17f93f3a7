import { DomainEvent } from '@tidemark/event-sourcing';
import { payload } from './payload.mjs';

/** What is appended: an order was placed. */
export class Placed {
  constructor(content) {
    Object.assign(this, content);
  }
}
DomainEvent('bench.placed')(Placed);

/** So many of them, from the n-th on. */
export function placed(n, events = 1) {
  return Array.from({ length: events }, (_, index) => new Placed(payload(n + index)));
}
