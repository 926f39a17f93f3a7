// Runs the projection of redrive-kill.spec.ts in a process of its own, and kills that process on the way.
// The environment: REDRIVE_URL, the database; REDRIVE_HEALED, whether the poisoned event can be handled.
import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { TypeOrmModule } from '@nestjs/typeorm';
import { DomainEvent, EventSourcingModule, On, Projection } from '@tidemark/event-sourcing';
import pg from 'pg';

const { REDRIVE_URL: url, REDRIVE_HEALED: healed } = process.env;

class Counted {}
DomainEvent('counted')(Counted);

class Victim {
  async counted({ id, streamId, version, data }, { manager }) {
    await manager.query('insert into seen (name, event_id, stream_id, version) values ($1, $2, $3, $4)', [
      'victim',
      id,
      streamId,
      version,
    ]);
    if (data.n === 1 && !healed) throw new Error('poison');
    if (healed && (await isToDie(id))) process.kill(process.pid, 'SIGKILL');
  }
}

// As decorators do it; Node has none.
On(Counted)(Victim.prototype, 'counted', Object.getOwnPropertyDescriptor(Victim.prototype, 'counted'));
Projection({ name: 'victim' })(Victim);

/** Once for each event, by what another connection commits. */
async function isToDie(eventId) {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const { rowCount } = await client.query('insert into deaths values ($1) on conflict do nothing', [eventId]);
  await client.end();
  return rowCount === 1;
}

class WorkerModule {}

process.once('disconnect', () => process.exit());
const subscriptions = { maxRetries: 0, leaseTtlMs: 500, maxPollIntervalMs: 50 };
const app = await NestFactory.createApplicationContext(
  {
    module: WorkerModule,
    imports: [
      TypeOrmModule.forRoot({ type: 'postgres', url }),
      EventSourcingModule.forRoot({ subscriptions }),
      EventSourcingModule.forFeature({ events: [Counted], projections: [Victim] }),
    ],
  },
  { logger: false },
);
process.once('SIGTERM', () => void app.close().then(() => process.exit(0)));
