import type { DeadLetter, DeadLetterAttempt, DeadLetterReason, DeadLetterState } from '../dead-letter.js';

/** A row of the dead letters table. */
export interface DeadLetterRow {
  readonly id: string;
  readonly subscription: string;
  readonly partition: number;
  readonly event_id: string;
  readonly position: bigint;
  readonly stream_id: string;
  readonly version: number;
  readonly type: string;
  readonly tenant_id: string | null;
  readonly reason: DeadLetterReason;
  readonly error_class: string | null;
  readonly message: string | null;
  readonly stack: string | null;
  /** JSON text. */
  readonly attempts: string;
  readonly state: DeadLetterState;
  readonly note: string | null;
  readonly parked_at: Date;
  readonly updated_at: Date;
}

/** The letter that a row holds. */
export function toDeadLetter(row: DeadLetterRow): DeadLetter {
  return {
    id: row.id,
    subscription: row.subscription,
    partition: row.partition,
    eventId: row.event_id,
    position: row.position,
    streamId: row.stream_id,
    version: row.version,
    type: row.type,
    tenantId: row.tenant_id ?? undefined,
    reason: row.reason,
    errorClass: row.error_class ?? undefined,
    message: row.message ?? undefined,
    stack: row.stack ?? undefined,
    attempts: attemptsOf(row.attempts),
    state: row.state,
    note: row.note ?? undefined,
    parkedAt: row.parked_at,
    updatedAt: row.updated_at,
  };
}

function attemptsOf(json: string): DeadLetterAttempt[] {
  const attempts = JSON.parse(json) as (Omit<DeadLetterAttempt, 'at'> & { readonly at: string })[];
  return attempts.map((attempt) => ({ ...attempt, at: new Date(attempt.at) }));
}
