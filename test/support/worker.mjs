// A process that runs subscriptions and serves nothing, as users have it: an application context that ends by SIGTERM.
// Started by worker-process.ts, which it tells what happens.
import 'reflect-metadata';
import { setTimeout as delay } from 'node:timers/promises';
import { NestFactory } from '@nestjs/core';
import { TypeOrmModule } from '@nestjs/typeorm';
import {
  BATCH_FAILED,
  DomainEvent,
  EventSourcingModule,
  Instrumentation,
  On,
  PARTITION_OWNERSHIP,
  Projection,
} from '@tidemark/event-sourcing';

const { WORKER_URL: url, WORKER_OPTIONS, WORKER_CONNECTIONS, WORKER_PARTITIONS } = process.env;

/** Same wire name as the tests' own. `blockMs`: its handler keeps the event loop busy. `restMs`: it awaits. `gated`: until told to go on. */
class Worked {}
DomainEvent('worked')(Worked);

class Work {
  async worked({ id, streamId, version, data }, { manager }) {
    await manager.query('insert into seen (event_id, stream_id, version, pid) values ($1, $2, $3, $4)', [
      id,
      streamId,
      version,
      process.pid,
    ]);
    if (data.blockMs > 0) block(data.blockMs);
    if (data.restMs > 0) await delay(data.restMs);
    if (!data.gated) return;
    process.send({ gate: 'entered' });
    await new Promise((resolve) => process.once('message', resolve));
    process.send({ gate: 'left' });
  }
}

function block(ms) {
  const until = performance.now() + ms;
  while (performance.now() < until);
}

// As decorators do it; Node has none.
On(Worked)(Work.prototype, 'worked', Object.getOwnPropertyDescriptor(Work.prototype, 'worked'));
Projection({ name: 'work', version: 1, partitions: Number(WORKER_PARTITIONS) })(Work);

class WorkerModule {}

// Nobody is left to stop it.
process.once('disconnect', () => process.exit());

const app = await NestFactory.createApplicationContext(
  {
    module: WorkerModule,
    imports: [
      TypeOrmModule.forRoot({ type: 'postgres', url, extra: { max: Number(WORKER_CONNECTIONS) } }),
      EventSourcingModule.forRoot({ subscriptions: JSON.parse(WORKER_OPTIONS) }),
      EventSourcingModule.forFeature({ events: [Worked], projections: [Work] }),
    ],
  },
  { logger: ['error', 'warn'], abortOnError: false },
);
app.enableShutdownHooks();
const instrumentation = app.get(Instrumentation);
instrumentation.on(PARTITION_OWNERSHIP, ({ partition, change }) => process.send({ partition, change }));
instrumentation.on(BATCH_FAILED, ({ error }) => process.send({ failed: String(error) }));
process.send({ ready: true });
