export { Logging } from './logging.js';
export type { LoggingLevel, LoggingOptions } from './logging.options.js';
