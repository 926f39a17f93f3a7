import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { INestApplication } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { TypeOrmModule } from '@nestjs/typeorm';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';
import { probed, StatusModule } from './examples/health.js';

describe('what docs/operations/health.md says', () => {
  let database: TestDatabase;
  let app: INestApplication;

  beforeEach(async () => {
    database = await createTestDatabase();
    const imports = [TypeOrmModule.forRoot({ type: 'postgres', url: database.url }), probed(), StatusModule];
    app = await NestFactory.create({ module: class {}, imports }, { logger: false, abortOnError: false });
    await app.listen(0, '127.0.0.1');
  });

  afterEach(async () => {
    await app.close();
    await database.drop();
  });

  it.each(['health/live', 'health/ready', 'health', 'status'])('answers at /%s', async (path) => {
    const { status } = await fetch(`${await app.getUrl()}/${path}`);
    expect(status).toBe(200);
  });

  it('lets the indicators be used one by one', async () => {
    const answer = (await (await fetch(`${await app.getUrl()}/status`)).json()) as { details: object };
    expect(Object.keys(answer.details)).toHaveLength(2);
  });
});
