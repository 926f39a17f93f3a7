import { sqlStatement } from '../sql-statement.js';

/** Tells those who listen on channel $1 the text $2. */
export const NOTIFY = sqlStatement('notify', 'select pg_notify($1, $2)');
