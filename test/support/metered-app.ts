import { type DynamicModule, type INestApplication, type Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { TypeOrmModule } from '@nestjs/typeorm';
import {
  EventSourced,
  EventSourcedAggregate,
  EventSourcingModule,
  DomainEvent,
  type MetricsOptions,
} from '@tidemark/event-sourcing';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';

@DomainEvent('meter.read')
export class MeterRead {
  constructor(readonly value: number) {}
}

/** An aggregate with a snapshot after each two events. */
@EventSourced('meter', { snapshotEvery: 2 })
export class Meter extends EventSourcedAggregate {
  sum = 0;

  read(value: number): void {
    this.apply(new MeterRead(value));
  }

  onMeterRead({ value }: MeterRead): void {
    this.sum += value;
  }
}

/** An app with a meter, over HTTP. */
export interface MeteredApp {
  readonly app: INestApplication;
  readonly url: string;
}

/** What the app is made of, for whoever starts it or makes another one of the same. */
export function meteredModule(
  url: string | undefined,
  metrics: MetricsOptions | boolean,
  imports: readonly DynamicModule[] = [],
): DynamicModule {
  const store = url === undefined ? 'memory' : 'postgres';
  const database = { type: 'postgres', url, poolErrorHandler: () => undefined } as const;
  return {
    module: class App {},
    imports: [
      ...(url === undefined ? [] : [TypeOrmModule.forRoot(database)]),
      EventSourcingModule.forRoot({ store, metrics }),
      EventSourcingModule.forFeature({ events: [MeterRead], aggregates: [Meter] }),
      ...imports,
    ],
  };
}

/** Starts an app on a free port; its log is switched off. */
export async function startMetered(module: DynamicModule | Type<object>): Promise<MeteredApp> {
  const app = await NestFactory.create(module, { logger: false, abortOnError: false });
  try {
    await app.listen(0);
  } catch (error) {
    await app.close();
    throw error;
  }
  const { port } = (app.getHttpServer() as Server).address() as AddressInfo;
  return { app, url: `http://localhost:${port}` };
}
