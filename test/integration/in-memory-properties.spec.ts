import { describe, expect, it } from '@jest/globals';
import { InMemoryEventStorage } from '../../libs/event-sourcing/src/event-store/index.js';
import { eventStoreProperties } from '../support/event-store.properties.js';

eventStoreProperties(
  { describe, it, expect },
  {
    name: 'in memory',
    capabilities: { transactions: false },
    create: async () => ({ storage: new InMemoryEventStorage(), cleanup: () => Promise.resolve() }),
  },
);
