import { ConcurrencyError, DuplicateEventError, TenantMismatchError } from './errors.js';
import type { AppendResult } from './event-store.js';
import type { AppendOutcome, EncodedAppend } from './event-storage.js';

/** The error of the first append of a batch that failed by itself, `undefined` where all went well. */
export function errorOf(appends: readonly EncodedAppend[], outcomes: readonly AppendOutcome[]): Error | undefined {
  for (const [index, append] of appends.entries()) {
    const error = errorOfOne(append, outcomes[index]);
    if (error !== undefined) return error;
  }
  return undefined;
}

/** What the caller gets for an append that was stored. */
export function resultOf({ streamId }: EncodedAppend, outcome: AppendOutcome | undefined): AppendResult {
  if (outcome?.outcome !== 'appended' && outcome?.outcome !== 'repeated') {
    throw new Error(`the append to '${streamId}' was ${outcome?.outcome ?? 'not answered'} and has no result`);
  }
  const { version, firstPosition, lastPosition } = outcome;
  return { streamId, version, firstPosition, position: lastPosition, repeated: outcome.outcome === 'repeated' };
}

function errorOfOne({ streamId, expectedVersion }: EncodedAppend, outcome?: AppendOutcome): Error | undefined {
  switch (outcome?.outcome) {
    case 'conflict':
      return new ConcurrencyError(streamId, expectedVersion, outcome.actualVersion);
    case 'duplicate':
      return new DuplicateEventError(streamId, outcome.eventId, outcome.existingStreamId);
    case 'wrong-tenant':
      return new TenantMismatchError(streamId);
    default:
      return undefined;
  }
}
