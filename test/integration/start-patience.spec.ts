import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { NestFactory } from '@nestjs/core';
import { TypeOrmModule } from '@nestjs/typeorm';
import {
  DatabaseUnreachableError,
  EventSourcingModule,
  EventStore,
  SchemaOutdatedError,
} from '@tidemark/event-sourcing';
import type { INestApplicationContext } from '@nestjs/common';
import { DataSource, type DataSourceOptions } from 'typeorm';
import { eventually } from '../support/eventually.js';
import { createTcpProxy, type TcpProxy } from '../support/tcp-proxy.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

describe('an app that starts while the database restarts', () => {
  let database: TestDatabase;
  let way: TcpProxy;
  let dataSource: DataSource | undefined;

  beforeEach(async () => {
    database = await createTestDatabase('empty');
    way = await createTcpProxy(database.url);
  });

  afterEach(async () => {
    if (dataSource?.isInitialized === true) await dataSource.destroy();
    await database.drop();
    await way.close();
  });

  /** The database goes away just after TypeORM has connected. */
  function start(options: object): Promise<INestApplicationContext> {
    class AppModule {}
    const imports = [
      TypeOrmModule.forRootAsync({
        useFactory: () => ({ type: 'postgres', url: way.url }) as const,
        dataSourceFactory: async (given) => {
          dataSource = await new DataSource(given as DataSourceOptions).initialize();
          way.cut();
          return dataSource;
        },
      }),
      EventSourcingModule.forRoot(options),
    ];
    return NestFactory.createApplicationContext({ module: AppModule, imports }, { logger: false, abortOnError: false });
  }

  it('waits for it, and then starts as ever', async () => {
    const starting = start({ migrate: true });
    await eventually(() => way.refused >= 3);
    way.restore();
    const app = await starting;
    expect(await app.get(EventStore).headPosition()).toBe(0n);
    await app.close();
  });

  it('gives up when the time is over, and says what it met', async () => {
    const startedAt = performance.now();
    const error: unknown = await start({ startupTimeoutMs: 700 }).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(DatabaseUnreachableError);
    expect((error as Error).message).toMatch(/could not be reached for \d+ ms.*onnection.*startupTimeoutMs/);
    expect((error as Error).cause).toBeInstanceOf(Error);
    expect(performance.now() - startedAt).toBeLessThan(5_000);
    expect(way.refused).toBeGreaterThan(1);
  });

  it('does not wait where what is wrong will not pass', async () => {
    const starting = start({});
    await eventually(() => way.refused >= 1);
    way.restore();
    await expect(starting).rejects.toBeInstanceOf(SchemaOutdatedError);
  });
});
