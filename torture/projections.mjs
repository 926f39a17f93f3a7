import { setTimeout as delay } from 'node:timers/promises';
import { On, Projection } from '@tidemark/event-sourcing';
import { Corrected, Entered } from './events.mjs';
import { foldIntoCorrections, foldIntoLedger, isHealed, noteApplied } from './read-model.mjs';

/** The handler of a poisoned event failed. */
class PoisonError extends Error {
  name = 'PoisonError';
}

/** Folds all events into a row per stream. */
class Ledger {
  async entered(event, context) {
    await noteApplied(event, context);
    await foldIntoLedger(event, context);
    if (event.data.slowMs > 0) await delay(event.data.slowMs);
    // Last, so that there is something to roll back.
    if (event.data.poison && !(await isHealed(context.manager))) throw new PoisonError(`event ${event.id} is poison`);
  }

  async corrected(event, context) {
    await foldIntoLedger(event, context);
    await noteApplied(event, context);
  }
}

/** Sees one type of events only, so it passes over the others. */
class Corrections {
  async corrected(event, context) {
    await foldIntoCorrections(event, context);
    await noteApplied(event, context);
  }
}

// As decorators do it; Node has none.
function handles(type, method, eventClass) {
  On(eventClass)(type.prototype, method, Object.getOwnPropertyDescriptor(type.prototype, method));
}

handles(Ledger, 'entered', Entered);
handles(Ledger, 'corrected', Corrected);
handles(Corrections, 'corrected', Corrected);

Projection({ name: 'torture-ledger', version: 1, partitions: 4 })(Ledger);
Projection({ name: 'torture-corrections', version: 1 })(Corrections);

export const PROJECTIONS = [Ledger, Corrections];
