import { ConnectionLostError, ControlConnectionError, PoolTimeoutError } from './errors.js';

/** Those of our own that say that there was no connection, or that it broke off. */
const CONNECTION_ERRORS = [ConnectionLostError, ControlConnectionError, PoolTimeoutError] as const;

/** What `pg` and its pool say of a connection that broke off, was ended or could not be made in time. */
const WITHOUT_CODE =
  /connection (terminated|timeout|ended)|not queryable|timeout exceeded when trying to connect|^timeout expired$/i;

/** SQLSTATEs that Tidemark knows; those beginning with TM are raised by its own functions. */
export const SQLSTATE = Object.freeze({
  uniqueViolation: '23505',
  serializationFailure: '40001',
  deadlockDetected: '40P01',
  undefinedTable: '42P01',
  undefinedFunction: '42883',
  invalidSchemaName: '3F000',
  insufficientPrivilege: '42501',
  horizonNeedsReadCommitted: 'TM001',
  bareInsert: 'TM002',
  appendOnly: 'TM003',
  horizonOnReplica: 'TM004',
});

/** The SQLSTATE of a database error, `undefined` for any other error. */
export function sqlStateOf(error: unknown): string | undefined {
  const code = errorField(error, 'code');
  // Codes of the operating system, such as EPIPE, have no digit.
  return code !== undefined && /^(?=.*\d)[0-9A-Z]{5}$/.test(code) ? code : undefined;
}

/** Name of the constraint that a database error names. */
export function constraintOf(error: unknown): string | undefined {
  return errorField(error, 'constraint');
}

/** Whether the database could not be reached or broke off: no fault of the statement, and worth another try. */
export function isConnectionError(error: unknown): boolean {
  // Where a host has several addresses and none of them answers, node gives the errors of all in one.
  const { errors } = (error ?? {}) as { errors?: unknown };
  return saysConnection(error) || (Array.isArray(errors) && errors.length > 0 && errors.every(saysConnection));
}

function saysConnection(error: unknown): boolean {
  if (CONNECTION_ERRORS.some((type) => error instanceof type)) return true;
  const state = sqlStateOf(error);
  // 25P03: the server ended a transaction that lay idle, and the connection with it.
  if (state !== undefined) return /^(08|57P0|53|25P03)/.test(state);
  // Whatever stood in the way: a socket file of a server that is down, for one, is not there (ENOENT).
  if (errorField(error, 'syscall') === 'connect') return true;
  const code = errorField(error, 'code');
  if (code !== undefined && /^E(CONN|PIPE|TIMEDOUT|HOSTUNREACH|NETUNREACH|AI_AGAIN|NOTFOUND)/.test(code)) return true;
  // What node-postgres throws for a broken or missing connection carries no code at all.
  return error instanceof Error && WITHOUT_CODE.test(error.message);
}

// TypeORM wraps the driver's error and keeps it as `driverError`.
function errorField(error: unknown, field: 'code' | 'constraint' | 'syscall'): string | undefined {
  for (const candidate of [error, (error as { driverError?: unknown } | undefined)?.driverError]) {
    const value = (candidate as Record<string, unknown> | null | undefined)?.[field];
    if (typeof value === 'string') return value;
  }
  return undefined;
}
