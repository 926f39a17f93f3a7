export { FactLog } from './fact-log.js';
export { defineFact, type LogFact } from './log-fact.js';
export { safeErrorOf } from './safe-error.js';
