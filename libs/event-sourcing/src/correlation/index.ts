export { CORRELATION_ID_HEADER, REQUEST_ID_HEADER } from './correlation.middleware.js';
export { CorrelationModule } from './correlation.module.js';
