import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { TypeOrmModule } from '@nestjs/typeorm';
import { EventSourcingModule, EventStore, SubscriptionManager } from '@tidemark/event-sourcing';
import { Placed, placed } from './events.mjs';
import { POOL_SIZE } from './row-context.mjs';
import { StreamRing } from './streams.mjs';

/** A Nest application as users have it, on a database of its own unless one is given. `options`: of forRoot. */
export async function openTidemark(context, { label = 'tidemark', url, ...options } = {}) {
  const address = url ?? (await context.database(label));
  const app = await createApplication(address, options);
  const opened = new Tidemark(address, app);
  context.onClose(() => opened.close());
  return opened;
}

/** The application alone. */
export function createApplication(url, { feature = {}, connections = POOL_SIZE, ...options } = {}) {
  class BenchModule {}
  const imports = [
    TypeOrmModule.forRoot({
      type: 'postgres',
      url,
      poolErrorHandler: () => undefined,
      extra: { max: connections },
    }),
    EventSourcingModule.forRoot({ migrate: true, workers: false, ...options }),
    EventSourcingModule.forFeature({ ...feature, events: [Placed, ...(feature.events ?? [])] }),
  ];
  return NestFactory.createApplicationContext({ module: BenchModule, imports }, { logger: false, abortOnError: false });
}

class Tidemark {
  #ring = new StreamRing();
  #closed;

  constructor(url, app) {
    this.url = url;
    this.app = app;
    this.store = app.get(EventStore);
    this.subscriptions = app.get(SubscriptionManager);
  }

  /** So many events to one stream by one append. */
  async append(events = 1) {
    const { streamId, n } = this.#ring.next(events);
    await this.store.append(streamId, placed(n, events));
    return events;
  }

  /** One event by one append; gives its result. */
  appendOne() {
    const { streamId, n } = this.#ring.next();
    return this.store.append(streamId, placed(n));
  }

  /** All events of a stream. */
  async readStream(streamId) {
    const events = [];
    for await (const event of this.store.readStream(streamId)) events.push(event);
    return events;
  }

  /** Gives each stream of the ring its first event, so that what is measured then goes to streams that are there. */
  async warm() {
    await this.store.appendToStreams(this.#ring.ids().map((streamId) => ({ streamId, events: placed(0) })));
  }

  close() {
    return (this.#closed ??= this.app.close());
  }
}
