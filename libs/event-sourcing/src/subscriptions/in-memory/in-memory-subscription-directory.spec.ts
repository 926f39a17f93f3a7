import { describe, expect, it } from '@jest/globals';
import { subscriptionDirectoryContract } from '../../testing/index.js';
import { InMemorySubscriptionDirectory } from './in-memory-subscription-directory.js';

subscriptionDirectoryContract(
  { describe, it, expect },
  {
    name: 'in memory',
    create: async () => ({ directory: new InMemorySubscriptionDirectory(), cleanup: () => Promise.resolve() }),
  },
);
