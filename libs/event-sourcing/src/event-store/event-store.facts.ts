import { defineFact } from '../logging/index.js';

export const LISTENER_FAILED = defineFact(
  'listener.failed',
  'error',
  ['signal', 'error'],
  ({ signal, error }) => `A listener of '${signal}' threw: ${error}`,
);
