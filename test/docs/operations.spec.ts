import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { DynamicModule, INestApplication } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { TypeOrmModule } from '@nestjs/typeorm';
import { register } from 'prom-client';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';
import { drained, maintain, metered, meteredElsewhere } from './examples/operations.js';

describe('what docs/operations says of metrics and of the shutdown', () => {
  let database: TestDatabase;
  let app: INestApplication;

  beforeEach(async () => {
    database = await createTestDatabase();
  });

  afterEach(async () => {
    await app.close();
    await database.drop();
  });

  async function start(tidemark: DynamicModule): Promise<void> {
    const imports = [TypeOrmModule.forRoot({ type: 'postgres', url: database.url }), tidemark];
    app = await NestFactory.create({ module: class {}, imports }, { logger: false, abortOnError: false });
    await app.listen(0, '127.0.0.1');
  }

  it('answers with metrics', async () => {
    await start(metered());
    expect(await (await fetch(`${await app.getUrl()}/metrics`)).text()).toContain('tidemark_feed_head_position 0');
  });

  it('adds its metrics to a registry that the app has', async () => {
    await start(meteredElsewhere());
    expect(await register.metrics()).toContain('tidemark_feed_head_position 0');
  });

  it('drains by hand', async () => {
    await start(drained());
    expect(await maintain(app)).toMatchObject({ phase: 'stopped', reason: 'maintenance', forced: false });
  });
});
