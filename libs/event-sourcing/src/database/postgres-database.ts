import type { OnApplicationShutdown } from '@nestjs/common';
import type { Pool, PoolClient } from 'pg';
import type { DataSource, EntityManager } from 'typeorm';
import { ConfigurationError, InvalidArgumentError } from '../core/index.js';
import { AfterCommit } from './after-commit.js';
import { controlSettings } from './control/connection-settings.js';
import { CANCEL_BACKEND } from './control/cancel.sql.js';
import { ControlConnection } from './control/control-connection.js';
import { Notifications } from './control/notifications.js';
import { ConnectionLostError } from './errors.js';
import { explainTimeoutsOf, hearErrorsOf } from './pool-errors.js';
import type { SqlStatement } from './sql-statement.js';
import { StatementCompiler } from './statement-compiler.js';
import { inTransaction, type TransactionOptions } from './transaction.js';

/** How to use the database. */
export interface PostgresDatabaseOptions {
  readonly schema: string;
  /** Named prepared statements; `false` where a pooler in front does not support them. */
  readonly preparedStatements: boolean;
  /** Whether processes wake each other. @default true */
  readonly notifications?: boolean;
  /** Address of the control connection, where the pool's leads to a pooler. @default the pool's */
  readonly directUrl?: string;
}

/** How many connections of the pool there are. */
export interface PoolUse {
  /** In use, or being made. */
  readonly busy: number;
  readonly idle: number;
  readonly total: number;
  /** Who waits for one. */
  readonly waiting: number;
  /** How many there may be. */
  readonly max: number;
}

/** Runs Tidemark's statements on the pool of a TypeORM DataSource, in a transaction of its caller, or beside both. */
export class PostgresDatabase implements OnApplicationShutdown {
  /** The connection beside the pool: for heartbeats, which no full pool may hold up. */
  readonly control: ControlConnection;
  /** Wakes other processes, and is woken by them. */
  readonly notifications: Notifications;
  private readonly statements: StatementCompiler;
  private readonly commits: AfterCommit;

  constructor(
    readonly dataSource: DataSource,
    private readonly options: PostgresDatabaseOptions,
  ) {
    if (dataSource.options.type !== 'postgres') {
      throw new ConfigurationError([
        `the DataSource is of type '${dataSource.options.type}', Tidemark needs 'postgres'.`,
      ]);
    }
    const { schema, preparedStatements, notifications = true, directUrl } = options;
    this.statements = new StatementCompiler(schema, preparedStatements);
    this.control = new ControlConnection(() => controlSettings(dataSource, directUrl), this.statements);
    this.notifications = new Notifications(this.control, schema, notifications);
    this.commits = new AfterCommit(dataSource);
    hearErrorsOf(this.pool());
    explainTimeoutsOf(this.pool());
  }

  get schema(): string {
    return this.options.schema;
  }

  /** Runs a statement and gives its rows; in `manager`'s transaction where one is given. */
  async query<Row extends object>(
    statement: SqlStatement,
    values: readonly unknown[] = [],
    manager?: EntityManager,
  ): Promise<Row[]> {
    const config = this.statements.compile(statement, values);
    const target = manager === undefined ? this.pool() : await clientOf(manager);
    return (await target.query<Row>(config)).rows;
  }

  /** The same with rows as arrays, in the order of the columns. */
  async queryArrays<Row extends readonly unknown[]>(
    statement: SqlStatement,
    values: readonly unknown[] = [],
    manager?: EntityManager,
  ): Promise<Row[]> {
    const config = { ...this.statements.compile(statement, values), rowMode: 'array' as const };
    const target = manager === undefined ? this.pool() : await clientOf(manager);
    return (await target.query<unknown[]>(config)).rows as unknown as Row[];
  }

  /** Runs `work` in a READ COMMITTED transaction of its own. Throws {@link ConnectionLostError} where that broke off under it. */
  async transaction<T>(work: (manager: EntityManager) => Promise<T>, options: TransactionOptions = {}): Promise<T> {
    return inTransaction(this.dataSource, work, options, (pid) => this.control.query(CANCEL_BACKEND, [pid]));
  }

  /** Calls back once when the transaction that `manager` is in has committed, never where it is rolled back. */
  afterCommit(manager: EntityManager, callback: () => void): void {
    this.commits.add(manager, callback);
  }

  /** How the pool is used now. */
  poolUse(): PoolUse {
    const { totalCount: total, idleCount: idle, waitingCount: waiting, options } = this.pool();
    // Who waits for a connection that is just being opened does not want for one.
    return { busy: total - idle, idle, total, waiting: total < options.max ? 0 : waiting, max: options.max };
  }

  /** Ends what is beside the pool; the pool is its owner's to close. */
  async close(): Promise<void> {
    await this.notifications.close();
    await this.control.close();
  }

  /** Subscriptions have given their leases back by now: they end before. */
  async onApplicationShutdown(): Promise<void> {
    await this.close();
  }

  private pool(): Pool {
    return (this.dataSource.driver as unknown as { master: Pool }).master;
  }
}

async function clientOf(manager: EntityManager): Promise<PoolClient> {
  const { queryRunner } = manager;
  if (queryRunner?.isTransactionActive !== true) {
    throw new InvalidArgumentError(
      'manager',
      'The EntityManager is in no transaction. Pass the one that dataSource.transaction(...) hands to its callback.',
    );
  }
  // TypeORM releases the query runner of a broken connection in mid-transaction; its client may be somebody else's by now.
  if (queryRunner.isReleased) throw new ConnectionLostError(new Error('its query runner has been released'));
  return (await queryRunner.connect()) as PoolClient;
}
