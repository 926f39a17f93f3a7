import { DomainEvent } from '@tidemark/event-sourcing';

/** How a customer's move was recorded at first. */
@DomainEvent('customer.moved')
export class CustomerMovedAtFirst {
  constructor(readonly address: string) {}
}

@DomainEvent('customer.moved', {
  version: 3,
  upcast: {
    1: ({ address }: { address: string }) => ({ street: address.split(', ')[0], city: address.split(', ')[1] }),
    2: (payload: { street: string; city: string }) => ({ ...payload, country: 'unknown' }),
  },
})
export class CustomerMoved {
  constructor(
    readonly street: string,
    readonly city: string,
    readonly country: string,
  ) {}
}
