export { FactLog } from './fact-log.js';
export { defineFact, type FactLevel, type LogFact } from './log-fact.js';
export { type SafeError, safeErrorOf } from './safe-error.js';
