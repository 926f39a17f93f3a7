import { DomainEvent } from '@tidemark/event-sourcing';

/** An amount was entered. `poison`: the ledger cannot handle it until that is healed. `slowMs`: its handler takes that long. */
export class Entered {
  constructor(amount, { poison = false, slowMs = 0 } = {}) {
    this.amount = amount;
    this.poison = poison;
    this.slowMs = slowMs;
  }
}
DomainEvent('torture.entered')(Entered);

/** An amount was corrected; the second projection sees these only. */
export class Corrected {
  constructor(amount) {
    this.amount = amount;
  }
}
DomainEvent('torture.corrected')(Corrected);

export const EVENTS = [Entered, Corrected];
