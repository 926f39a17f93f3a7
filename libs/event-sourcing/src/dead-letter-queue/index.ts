export type { DeadLetter, DeadLetterAttempt, DeadLetterReason, DeadLetterState } from './dead-letter.js';
export { type CloseOptions, type DeadLetterListOptions, DeadLetterQueue } from './dead-letter-queue.js';
export { DeadLetterQueueModule } from './dead-letter-queue.module.js';
export {
  DEAD_LETTER_PARKED,
  DEAD_LETTER_STATE_CHANGED,
  type DeadLetterParked,
  type DeadLetterStateChanged,
} from './dead-letter-queue.signals.js';
export type { DeadLetterCounts, DeadLetterFilter, DeadLetterPage, DeadLetterStats } from './dead-letter-reader.js';
export { type DeadLetterPurge, DeadLetterStore, type RedriveFilter } from './dead-letter-store.js';
export { DeadLetterNotFoundError, DeadLetterStateError } from './errors.js';
export { type EventFailure, eventFailureOf } from './event-failure.js';
export { InMemoryDeadLetterStore } from './in-memory/in-memory-dead-letter-store.js';
export { PostgresDeadLetterStore } from './postgres/postgres-dead-letter-store.js';
