import type { DynamicModule, INestApplication } from '@nestjs/common';
import { EventSourcingModule, ShutdownDrain, type ShutdownResult } from '@tidemark/event-sourcing';
import { register } from 'prom-client';

export function metered(): DynamicModule {
  return EventSourcingModule.forRoot({ metrics: true });
}

export function meteredElsewhere(): DynamicModule {
  return EventSourcingModule.forRoot({ metrics: { registry: register } });
}

export function drained(): DynamicModule {
  return EventSourcingModule.forRoot({ shutdown: { drainTimeoutMs: 30_000, shutdownTimeoutMs: 60_000 } });
}

export async function maintain(app: INestApplication): Promise<ShutdownResult> {
  const result = await app.get(ShutdownDrain).requestShutdown('maintenance'); // the app goes on to answer HTTP
  return result;
}
