import {
  DatabaseUnreachableError,
  isConnectionError,
  SchemaOutdatedError,
  SchemaTooNewError,
  SQLSTATE,
  sqlStateOf,
} from '../database/index.js';
import { DeadLetterNotFoundError } from '../dead-letter-queue/index.js';
import { ConfigurationError, InvalidArgumentError } from '../core/index.js';
import { ResetRefusedError } from '../subscriptions/index.js';
import { CommandError } from './errors.js';
import { EXIT, type ExitCode } from './exit-code.js';
import type { StoreAddress } from './store-address.js';

/** How a command failed, for people. */
export interface Failure {
  readonly message: string;
  readonly exitCode: ExitCode;
}

const LOGIN_REFUSED = ['28P01', '28000'];
const NO_DATABASE = '3D000';
const NO_SCHEMA = [SQLSTATE.undefinedTable, SQLSTATE.undefinedFunction, SQLSTATE.invalidSchemaName];

/** Says in one line what went wrong with the store at `address`, and what to do. */
export function failureOf(error: unknown, address: StoreAddress): Failure {
  if (error instanceof CommandError) return error;
  if (error instanceof ConfigurationError) return { message: error.problems.join(' '), exitCode: EXIT.wrongUse };
  if (error instanceof InvalidArgumentError) return { message: error.message, exitCode: EXIT.wrongUse };
  if (error instanceof DeadLetterNotFoundError) return { message: error.message, exitCode: EXIT.notFound };
  if (error instanceof ResetRefusedError) return resetFailure(error);
  return schemaFailure(error, address) ?? databaseFailure(error, address) ?? unknownFailure(error);
}

function resetFailure({ message, reason, subscription }: ResetRefusedError): Failure {
  const advice = {
    running: `Run 'tidemark subscriptions pause ${subscription} --reason … --wait' first.`,
    rebuilding: `Watch 'tidemark subscriptions list ${subscription}'.`,
    repeats: 'Give --accept-repeats if that is what you want.',
    gaps: 'Give --accept-gaps if that is what you want.',
  };
  return { message: `${message} ${advice[reason]}`, exitCode: EXIT.failed };
}

function schemaFailure(error: unknown, { schema, database }: StoreAddress): Failure | undefined {
  const { schema: exitCode } = EXIT;
  if (error instanceof SchemaTooNewError) {
    const message = `Schema '${schema}' was migrated by a newer release (unknown here: ${error.unknown.join(', ')}). Use the tidemark of that release.`;
    return { message, exitCode };
  }
  if (error instanceof SchemaOutdatedError) {
    const message = `Schema '${schema}' lacks ${error.pending.length} migration(s): ${error.pending.join(', ')}. Run 'tidemark migrate up'.`;
    return { message, exitCode };
  }
  if (!NO_SCHEMA.includes(sqlStateOf(error) as (typeof NO_SCHEMA)[number])) return undefined;
  const message = `Schema '${schema}' of database '${database}' is not as the migrations make it (${messageOf(error)}). See 'tidemark doctor'.`;
  return { message, exitCode };
}

function databaseFailure(error: unknown, { host, database, user }: StoreAddress): Failure | undefined {
  const state = sqlStateOf(error);
  if (state !== undefined && LOGIN_REFUSED.includes(state)) {
    const message = `PostgreSQL at ${host} refuses the login of '${user}' (${messageOf(error)}). See that user and password are right.`;
    return { message, exitCode: EXIT.refused };
  }
  if (state === SQLSTATE.insufficientPrivilege) {
    const message = `User '${user}' lacks a right: ${messageOf(error)}. See 'tidemark doctor' and docker/postgres/roles.sql.`;
    return { message, exitCode: EXIT.refused };
  }
  if (state === NO_DATABASE) {
    const message = `There is no database '${database}' at ${host}. Create it, or name the right one.`;
    return { message, exitCode: EXIT.unreachable };
  }
  if (!isConnectionError(error) && !(error instanceof DatabaseUnreachableError)) return undefined;
  const message = `PostgreSQL at ${host} cannot be reached (${messageOf(error)}). See that it runs, and that host and port are right.`;
  return { message, exitCode: EXIT.unreachable };
}

function unknownFailure(error: unknown): Failure {
  return { message: messageOf(error), exitCode: EXIT.failed };
}

// Where a host has several addresses, the error of all of them together has no message of its own.
function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { message, code, name } = error as Error & { code?: unknown };
  return message || (typeof code === 'string' ? code : name);
}
