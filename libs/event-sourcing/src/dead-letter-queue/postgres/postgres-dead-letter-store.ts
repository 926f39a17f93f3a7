import type { EntityManager } from 'typeorm';
import { partitionSlotOf } from '../../core/index.js';
import type { DeadLetter, DeadLetterAttempt } from '../dead-letter.js';
import { type DeadLetterDraft, draftOf, type EventToPark } from '../dead-letter-draft.js';
import {
  type BlockedStreams,
  type CloseOutcome,
  type DeadLetterPurge,
  type DeadLetterStore,
  OPEN_STATES,
  type ParkOutcome,
  type RedriveFilter,
} from '../dead-letter-store.js';
import { DeadLetterStateError } from '../errors.js';
import { type EventFailure, storableFailure } from '../event-failure.js';
import { type DeadLetterRow, toDeadLetter } from './dead-letter-rows.js';
import {
  BLOCKED_STREAMS,
  CLOSE_DEAD_LETTER,
  DEAD_LETTER_OF_EVENT,
  DISCARD_ALL,
  NEXT_REDRIVING,
  PARK_DEAD_LETTER,
  PURGE_DEAD_LETTERS,
  RECORD_ATTEMPT,
  RELEASE_QUEUED,
  REQUEST_REDRIVE,
} from './dead-letter.sql.js';
import { PostgresDeadLetterReader } from './postgres-dead-letter-reader.js';

/** Dead letters as rows, parked and resolved in the transaction of the handlers. */
export class PostgresDeadLetterStore extends PostgresDeadLetterReader implements DeadLetterStore {
  async park(event: EventToPark, manager?: EntityManager): Promise<ParkOutcome> {
    const draft = draftOf(event);
    const [row] = await this.database.query<DeadLetterRow>(PARK_DEAD_LETTER, valuesOf(draft), manager);
    if (row !== undefined) return { letter: toDeadLetter(row), parked: true };
    const key = [draft.subscription, draft.eventId];
    const [open] = await this.database.query<DeadLetterRow>(DEAD_LETTER_OF_EVENT, key, manager);
    // Gone only if it was closed and purged in between.
    return open === undefined ? this.park(event, manager) : { letter: toDeadLetter(open), parked: false };
  }

  async blockedStreams(
    subscription: string,
    streamIds: readonly string[],
    manager?: EntityManager,
  ): Promise<BlockedStreams> {
    const values = [subscription, streamIds];
    const rows = await this.database.query<{ stream_id: string | null }>(BLOCKED_STREAMS, values, manager);
    const streams = new Set(rows.flatMap(({ stream_id }) => stream_id ?? []));
    return { streams, hasOpenLetters: rows.length > 0 };
  }

  async recordAttempt(
    id: string,
    failure: EventFailure,
    next: 'parked' | 'redriving',
    manager?: EntityManager,
  ): Promise<void> {
    const { at, errorClass, message, stack } = storableFailure(failure);
    const attempt: DeadLetterAttempt = { at, errorClass, message, kind: 'redrive' };
    const values = [id, next, errorClass, message, stack ?? null, JSON.stringify([attempt])];
    const rows = await this.database.query(RECORD_ATTEMPT, values, manager);
    if (rows.length > 0) return;
    const { state } = await this.existing(id, manager);
    throw new DeadLetterStateError(id, state, next, ['redriving']);
  }

  async requestRedrive({ id, ...filter }: RedriveFilter): Promise<number> {
    const { subscription, streamId, type, errorClass, tenantId } = filter;
    const values = [id, subscription, streamId, type, errorClass, tenantId].map((value) => value ?? null);
    const rows = await this.database.query(REQUEST_REDRIVE, values);
    if (id === undefined || rows.length > 0) return rows.length;
    const { state } = await this.existing(id);
    if (!OPEN_STATES.includes(state)) throw new DeadLetterStateError(id, state, 'redriving', OPEN_STATES);
    return 0;
  }

  async nextRedriving(
    subscription: string,
    { index, count }: { readonly index: number; readonly count: number },
    limit: number,
    manager?: EntityManager,
  ): Promise<readonly DeadLetter[]> {
    const values = [subscription, index, count, limit];
    const rows = await this.database.query<DeadLetterRow>(NEXT_REDRIVING, values, manager);
    return rows.map(toDeadLetter);
  }

  async close(id: string, as: 'resolved' | 'discarded', note?: string, manager?: EntityManager): Promise<CloseOutcome> {
    if (manager === undefined) return this.database.transaction((own) => this.close(id, as, note, own));
    const [row] = await this.database.query<DeadLetterRow>(CLOSE_DEAD_LETTER, [id, as, note ?? null], manager);
    if (row === undefined) {
      const { state } = await this.existing(id, manager);
      throw new DeadLetterStateError(id, state, as, OPEN_STATES);
    }
    const released = await this.database.query(RELEASE_QUEUED, [row.subscription, row.stream_id], manager);
    return { letter: toDeadLetter(row), released: released.length };
  }

  async discardAll(subscription: string, note?: string, manager?: EntityManager): Promise<number> {
    return (await this.database.query(DISCARD_ALL, [subscription, note ?? null], manager)).length;
  }

  async purge({ resolvedBefore, limit }: DeadLetterPurge): Promise<number> {
    return (await this.database.query(PURGE_DEAD_LETTERS, [resolvedBefore, limit ?? null])).length;
  }
}

function valuesOf(draft: DeadLetterDraft): unknown[] {
  const { id, subscription, partition, eventId, position, streamId, version, type, tenantId, reason } = draft;
  const { errorClass, message, stack, attempts } = draft;
  const event = [eventId, position, streamId, version, type, tenantId ?? null];
  const failure = [reason, errorClass ?? null, message ?? null, stack ?? null, JSON.stringify(attempts)];
  return [id, subscription, partition, partitionSlotOf(streamId), ...event, ...failure];
}
