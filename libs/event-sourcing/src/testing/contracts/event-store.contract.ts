import { appendBatchContract } from './append-batch.contract.js';
import { appendConcurrencyContract } from './append-concurrency.contract.js';
import { appendLimitsContract } from './append-limits.contract.js';
import { appendPayloadContract } from './append-payload.contract.js';
import { appendRepetitionContract } from './append-repetition.contract.js';
import { appendContract } from './append.contract.js';
import { decodingContract } from './decoding.contract.js';
import type { EventStorageBackend } from './event-storage-backend.js';
import { feedBacklogContract } from './feed/feed-backlog.contract.js';
import { feedFilterContract } from './feed/feed-filter.contract.js';
import { readFeedContract } from './feed/read-feed.contract.js';
import { readStreamContract } from './read-stream.contract.js';
import { tenancyContract } from './tenancy.contract.js';
import type { TestApi } from './test-api.js';
import { transactionContract } from './transaction.contract.js';

/**
 * The behaviour of the event store, as tests: whatever storage passes them can stand behind `EventStore`. Call it in a
 * test file with the functions of your test framework.
 */
export function eventStoreContract(api: TestApi, backend: EventStorageBackend): void {
  api.describe(`event store, ${backend.name}`, () => {
    appendContract(api, backend);
    appendRepetitionContract(api, backend);
    appendBatchContract(api, backend);
    appendConcurrencyContract(api, backend);
    appendPayloadContract(api, backend);
    appendLimitsContract(api, backend);
    readStreamContract(api, backend);
    readFeedContract(api, backend);
    feedFilterContract(api, backend);
    feedBacklogContract(api, backend);
    decodingContract(api, backend);
    tenancyContract(api, backend);
    transactionContract(api, backend);
  });
}
