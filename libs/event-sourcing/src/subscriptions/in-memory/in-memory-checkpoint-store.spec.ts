import { describe, expect, it } from '@jest/globals';
import { checkpointStoreContract } from '../../testing/index.js';
import { InMemoryCheckpointStore } from './in-memory-checkpoint-store.js';

checkpointStoreContract(
  { describe, it, expect },
  {
    name: 'memory',
    capabilities: { transactions: false },
    create: async () => ({ store: new InMemoryCheckpointStore(), cleanup: async () => undefined }),
  },
);
