import type { PostgresDatabase } from '../postgres-database.js';
import {
  BACKEND_BY_PID,
  LONG_TRANSACTIONS,
  PREPARED_TRANSACTIONS,
  ROLES_WITHOUT_DURABILITY,
  SERVER_FACTS,
} from './inspection.sql.js';

/** What the server is, and how it is set for the session that asks. */
export interface ServerFacts {
  /** As of `server_version_num`, for example 180001. */
  readonly versionNumber: number;
  readonly version: string;
  readonly database: string;
  readonly user: string;
  readonly isReplica: boolean;
  readonly isSuperuser: boolean;
  /** Whether the user sees what sessions of other roles do. */
  readonly seesAllSessions: boolean;
  /** Connections that ordinary users may have, all databases together. */
  readonly maxConnections: number;
  readonly connections: number;
  readonly fsync: string;
  readonly fullPageWrites: string;
  readonly synchronousCommit: string;
  /** 0: a transaction may lie idle for ever. */
  readonly idleInTransactionTimeoutMs: number;
}

/** A session of the server, as far as the user may see it. */
export interface Backend {
  readonly pid: number;
  readonly user: string;
  readonly application: string;
  /** Such as `active` or `idle in transaction`; `undefined` where it is not to be seen. */
  readonly state: string | undefined;
  /** Age of its transaction, in seconds; `undefined` where it is in none or that is not to be seen. */
  readonly ageSeconds: number | undefined;
}

/** A transaction that was prepared and awaits its second phase. */
export interface PreparedTransaction {
  readonly gid: string;
  readonly user: string;
  readonly ageSeconds: number;
}

type BackendRow = Omit<Backend, 'state' | 'ageSeconds'> & {
  readonly state: string | null;
  readonly ageSeconds: number | null;
};

/** Looks at the server itself; changes nothing, and shows no statement's text. */
export class ServerInspection {
  constructor(private readonly database: PostgresDatabase) {}

  async facts(): Promise<ServerFacts> {
    const [row] = await this.database.query<ServerFacts>(SERVER_FACTS);
    if (row === undefined) throw new Error('the server gave no facts');
    return row;
  }

  /** Roles whose commits do not wait for the disk. */
  async rolesWithoutDurability(): Promise<readonly string[]> {
    return (await this.database.query<{ role: string }>(ROLES_WITHOUT_DURABILITY)).map(({ role }) => role);
  }

  /** The session with this process id; `undefined` where there is none any more. */
  async backend(pid: number): Promise<Backend | undefined> {
    const [row] = await this.database.query<BackendRow>(BACKEND_BY_PID, [pid]);
    return row && toBackend(row);
  }

  /** Sessions of this database whose transaction is older, the oldest first, twenty at the most. */
  async longTransactions(olderThanSeconds: number): Promise<readonly Backend[]> {
    return (await this.database.query<BackendRow>(LONG_TRANSACTIONS, [olderThanSeconds])).map(toBackend);
  }

  /** Prepared transactions of this database that are older, the oldest first, twenty at the most. */
  async preparedTransactions(olderThanSeconds: number): Promise<readonly PreparedTransaction[]> {
    return this.database.query<PreparedTransaction>(PREPARED_TRANSACTIONS, [olderThanSeconds]);
  }
}

function toBackend({ state, ageSeconds, ...row }: BackendRow): Backend {
  return { ...row, state: state ?? undefined, ageSeconds: ageSeconds ?? undefined };
}
