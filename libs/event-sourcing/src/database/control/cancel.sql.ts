import { sqlStatement } from '../sql-statement.js';

/** Cancels what backend $1 is at. */
export const CANCEL_BACKEND = sqlStatement('cancel_backend', 'select pg_cancel_backend($1)');
