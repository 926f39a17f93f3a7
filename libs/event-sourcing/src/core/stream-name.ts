import { InvalidArgumentError } from './errors.js';

/** Longest stream id in UTF-8 bytes; it is part of an index key, which PostgreSQL bounds. */
export const MAX_STREAM_ID_BYTES = 1_024;

// eslint-disable-next-line no-control-regex
const CONTROL_CHARACTERS = /[\u0000-\u001f\u007f]/;

/** Joins a category and an id to a stream id, `order` and `42` to `order-42`. */
export function streamIdOf(category: string, id: string): string {
  assertCategory(category);
  const streamId = `${category}-${id}`;
  assertStreamId(streamId);
  return streamId;
}

/** The category of a stream: what stands before the first dash of its id. */
export function categoryOf(streamId: string): string {
  return streamId.slice(0, streamId.indexOf('-'));
}

/** Refuses a category that is empty, holds a dash or a control character. */
export function assertCategory(category: string): void {
  if (category === '' || category.includes('-') || CONTROL_CHARACTERS.test(category)) {
    throw new InvalidArgumentError(
      'category',
      `The category ${JSON.stringify(category)} is not usable: it must not be empty and must hold no dash and no control character.`,
    );
  }
}

/** Refuses what is no stream id: `<category>-<id>`, both not empty, no control character, at most 1,024 bytes. */
export function assertStreamId(streamId: string): void {
  const reason = faultOf(streamId);
  if (reason === undefined) return;
  const shown = String(streamId).slice(0, 80);
  throw new InvalidArgumentError(
    'streamId',
    `The stream id ${JSON.stringify(shown)} is not usable: ${reason}. A stream id is <category>-<id>, for example order-42.`,
  );
}

function faultOf(streamId: string): string | undefined {
  if (typeof streamId !== 'string') return 'it is no string';
  const dash = streamId.indexOf('-');
  if (dash < 1 || dash === streamId.length - 1) return 'it has no category or no id';
  if (CONTROL_CHARACTERS.test(streamId)) return 'it holds a control character';
  if (!streamId.isWellFormed()) return 'it holds half of a surrogate pair';
  // A UTF-16 unit is at most three bytes of UTF-8, so short ids need no counting.
  if (streamId.length * 3 > MAX_STREAM_ID_BYTES && Buffer.byteLength(streamId) > MAX_STREAM_ID_BYTES) {
    return `it is longer than ${MAX_STREAM_ID_BYTES} bytes`;
  }
  return undefined;
}
