import { defineFact } from '../logging/index.js';

export const LISTENER_FAILED = defineFact(
  'listener.failed',
  'error',
  ['signal', 'error'],
  ({ signal, error }) => `A listener of '${signal}' threw: ${error}`,
);

/** All that the room writes to the log. */
export const EVENT_STORE_FACTS = Object.freeze([LISTENER_FAILED]);
