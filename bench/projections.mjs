import { On, OnBatch, Projection } from '@tidemark/event-sourcing';
import { Placed } from './events.mjs';

/** What the projections write to: how much was ordered, per stream. */
export const READ_MODEL = `
  create table totals (stream_id text collate "C" primary key, orders integer not null, total numeric not null)`;

/** One event into the read model. */
export const UPSERT_ONE = `
  insert into totals as t (stream_id, orders, total) values ($1, 1, $2)
  on conflict (stream_id) do update set orders = t.orders + 1, total = t.total + excluded.total`;

/** Many events at once. */
export const UPSERT_MANY = `
  insert into totals as t (stream_id, orders, total)
  select stream_id, count(*), sum(total) from unnest($1::text[], $2::numeric[]) as e (stream_id, total) group by stream_id
  on conflict (stream_id) do update set orders = t.orders + excluded.orders, total = t.total + excluded.total`;

/** A projection that does nothing with its events. */
export function nothingProjection(options) {
  class Nothing {
    placed() {}
  }
  return declared(Nothing, On(Placed), options);
}

/** A projection with an upsert per event. */
export function upsertProjection(options) {
  class Totals {
    async placed({ streamId, data }, { manager }) {
      await manager.query(UPSERT_ONE, [streamId, data.total]);
    }
  }
  return declared(Totals, On(Placed), options);
}

/** The same with a statement that PostgreSQL prepares once for each connection. */
export function preparedUpsertProjection(options) {
  class PreparedTotals {
    async placed({ streamId, data }, { manager }) {
      const client = await manager.queryRunner.connect();
      await client.query({ name: 'upsert_one', text: UPSERT_ONE, values: [streamId, data.total] });
    }
  }
  return declared(PreparedTotals, On(Placed), options);
}

/** A projection with one multi-row upsert for the events of a batch. */
export function batchProjection(options) {
  class BatchTotals {
    async placed(events, { manager }) {
      await manager.query(UPSERT_MANY, [events.map(({ streamId }) => streamId), events.map(({ data }) => data.total)]);
    }
  }
  return declared(BatchTotals, OnBatch(Placed), options);
}

// As decorators do it; Node has none.
function declared(Class, marks, options) {
  marks(Class.prototype, 'placed', Object.getOwnPropertyDescriptor(Class.prototype, 'placed'));
  Projection(options)(Class);
  return Class;
}
