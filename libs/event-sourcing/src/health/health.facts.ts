import { defineFact } from '../logging/index.js';

export const HEALTH_IMPAIRED = defineFact(
  'health.impaired',
  'warn',
  ['from', 'to', 'reasons'],
  ({ from, to, reasons }) => `Health is ${to}, and was ${from}: ${reasons}`,
);

export const HEALTH_RESTORED = defineFact('health.restored', 'log', ['from', 'to'], ({ from }) => {
  return `Health is restored, and was ${from}`;
});
