import type { DatabaseSettings } from '@tidemark/event-sourcing';
import type { DataSourceOptions } from 'typeorm';
import { ABOUT } from '../about.js';
import { OrderSummaryEntity } from '../orders/read-model/typeorm/order-summary.entity.js';
import { CreateOrderSummaries1767225600000 } from '../orders/read-model/typeorm/migrations/1767225600000-create-order-summaries.js';

/** How to reach the database: by the settings, and at the URL where there is one. */
export type Connection = Partial<DatabaseSettings> & { readonly url?: string };

/** TypeORM's options for the database. New migrations are added here, and never changed once they are out. */
export function typeOrmOptions(connection: Connection): DataSourceOptions {
  return {
    applicationName: ABOUT.name,
    ...connection,
    type: 'postgres',
    entities: [OrderSummaryEntity],
    migrations: [CreateOrderSummaries1767225600000],
  };
}
