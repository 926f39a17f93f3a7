import type { DataSourceOptions } from 'typeorm';
import { OrderSummaryEntity } from '../orders/read-model/typeorm/order-summary.entity.js';
import { CreateOrderSummaries1767225600000 } from './migrations/1767225600000-create-order-summaries.js';

/** TypeORM's options for the database at `url`. New migrations are added here, and never changed once they are out. */
export function typeOrmOptions(url: string): DataSourceOptions {
  return {
    type: 'postgres',
    url,
    applicationName: 'orders',
    entities: [OrderSummaryEntity],
    migrations: [CreateOrderSummaries1767225600000],
  };
}
