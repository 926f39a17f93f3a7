import { hostname } from 'node:os';
import { type INestApplication, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { TypeOrmModule } from '@nestjs/typeorm';
import {
  databaseFromEnvironment,
  type Environment,
  EventSourcingModule,
  readVariables,
  SchemaMigrator,
  settingsFromEnvironment,
} from '@tidemark/event-sourcing';
import { z } from 'zod';

const VARIABLES = {
  INVOICE_PREFIX: {
    field: z.string().regex(/^[A-Z]{2,4}$/, 'must be two to four capital letters'),
    default: 'INV',
    type: 'letters',
    example: 'BILL',
    meaning: 'What the numbers of invoices begin with.',
  },
};

/** The app, as its environment wants it. */
export async function startBilling(environment: Environment): Promise<INestApplication> {
  const settings = settingsFromEnvironment(environment, {
    hostname: hostname(),
    defaults: { SERVICE_NAME: 'billing' },
  });

  @Module({
    imports: [
      TypeOrmModule.forRoot({ ...settings.database, entities: [] }),
      EventSourcingModule.forRoot({ ...settings.eventSourcing, schema: 'billing', tracing: settings.tracing.enabled }),
    ],
  })
  class BillingModule {}

  const app = await NestFactory.create(BillingModule, { logger: ['error', 'warn'], abortOnError: false });
  app.enableShutdownHooks();
  await app.listen(settings.port);
  return app;
}

/** The step of a deployment that migrates. */
export async function migrateBilling(environment: Environment): Promise<readonly string[]> {
  return new SchemaMigrator(databaseFromEnvironment(environment), 'billing').up();
}

/** A variable of the app's own. */
export function prefixOf(environment: Environment): string {
  return readVariables(VARIABLES, environment).INVOICE_PREFIX;
}
