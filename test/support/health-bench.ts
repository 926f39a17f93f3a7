import { afterEach, beforeEach } from '@jest/globals';
import { type INestApplication } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { TypeOrmModule } from '@nestjs/typeorm';
import {
  DomainEvent,
  EventSourcingModule,
  EventStorage,
  EventStore,
  type HealthOptions,
  type HealthReport,
  NewEvent,
  ShutdownDrain,
  SubscriptionManager,
  type SubscriptionsOptions,
} from '@tidemark/event-sourcing';
import type { AddressInfo } from 'node:net';
import type { Server } from 'node:http';
import type { DataSource } from 'typeorm';
import { type Handle, subscriptionOf } from './observed-app.js';
import { createTestDatabase, type TestDatabase } from './test-database.js';

@DomainEvent('noted')
class Noted {
  constructor(readonly n: number) {}
}

interface Options {
  readonly health?: HealthOptions;
  readonly subscriptions?: Omit<SubscriptionsOptions, 'workers' | 'drainTimeoutMs'>;
  readonly workers?: boolean;
  readonly controller?: string;
  readonly memory?: boolean;
}

interface Answered<T> {
  readonly status: number;
  readonly body: T;
}

/** An app that answers probes over HTTP, on a database of its own for each test. */
export function healthBench() {
  let database: TestDatabase;
  let watch: DataSource;
  let app: INestApplication;
  let url: string;

  beforeEach(async () => {
    database = await createTestDatabase();
    watch = await database.connect();
  });
  afterEach(async () => {
    await app.close();
    await watch.destroy();
    await database.drop();
  });

  const start = async (handle: Handle, { health, subscriptions, workers, controller, memory }: Options = {}) => {
    const projection = subscriptionOf('projection', 'noted', Noted, handle);
    const quick = { retryInitialDelayMs: 1, retryMaxDelayMs: 5, maxPollIntervalMs: 50 };
    const imports = [
      ...(memory === true ? [] : [TypeOrmModule.forRoot({ type: 'postgres', url: database.url })]),
      EventSourcingModule.forRoot({
        store: memory === true ? 'memory' : 'postgres',
        workers,
        healthController: controller ?? true,
        health: { cacheMs: 0, ...health },
        subscriptions: { ...quick, ...subscriptions },
        shutdown: { drainTimeoutMs: 100 },
      }),
      EventSourcingModule.forFeature({ events: [Noted], projections: [projection] }),
    ];
    app = await NestFactory.create({ module: class App {}, imports }, { logger: false });
    await app.listen(0);
    url = `http://localhost:${((app.getHttpServer() as Server).address() as AddressInfo).port}`;
    return {
      store: app.get(EventStore),
      storage: app.get(EventStorage),
      manager: app.get(SubscriptionManager),
      drain: app.get(ShutdownDrain),
    };
  };

  const ask = async <T>(path: string): Promise<Answered<T>> => {
    const response = await fetch(`${url}${path}`);
    return { status: response.status, body: (await response.json()) as T };
  };
  const ready = async () => ask<{ ready: boolean; reason?: string; details: object }>('/health/ready');
  const live = async () => ask<{ alive: boolean; reason?: string; details: object }>('/health/live');
  const full = async () => {
    const { status, body } = await ask<{ status: string; details: { tidemark: { report: HealthReport } } }>('/health');
    return { code: status, form: body.status, report: body.details.tidemark.report };
  };
  const append = async (store: EventStore, count: number): Promise<bigint> => {
    const events = Array.from({ length: count }, (_, n) => new NewEvent(new Noted(n)));
    return (await store.append(`notes-${crypto.randomUUID()}`, events)).position;
  };
  const nothing: Handle = async () => undefined;
  const failing: Handle = async () => Promise.reject(new Error('not today'));

  return {
    start,
    ask,
    ready,
    live,
    full,
    append,
    nothing,
    failing,
    close: async (): Promise<void> => app.close(),
    database: (): DataSource => watch,
  };
}
