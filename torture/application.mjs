import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { TypeOrmModule } from '@nestjs/typeorm';
import { EventSourcingModule } from '@tidemark/event-sourcing';
import { EVENTS } from './events.mjs';
import { PROJECTIONS } from './projections.mjs';

class TortureModule {}

/** A Nest application as users have it. `workers`: whether it runs the projections; `name`: of its connections. */
export async function createApplication({
  url,
  workers,
  leaseTtlMs,
  batchSize,
  connections,
  migrate = false,
  logger,
  name,
}) {
  const retries = { maxRetries: 2, retryInitialDelayMs: 50, retryMaxDelayMs: 500 };
  const subscriptions = { ...retries, leaseTtlMs, ...(batchSize !== undefined && { batchSize }) };
  const imports = [
    TypeOrmModule.forRoot({
      type: 'postgres',
      url,
      applicationName: name,
      retryAttempts: 100,
      retryDelay: 200,
      poolErrorHandler: () => undefined,
      extra: { max: connections, connectionTimeoutMillis: 10_000 },
    }),
    EventSourcingModule.forRoot({ workers, migrate, subscriptions }),
    EventSourcingModule.forFeature({ events: EVENTS, projections: PROJECTIONS }),
  ];
  return NestFactory.createApplicationContext({ module: TortureModule, imports }, { logger, abortOnError: false });
}
