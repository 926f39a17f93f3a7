import { type DynamicModule, Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { InMemoryOrderSummaries } from './in-memory/in-memory-order-summaries.js';
import { OrderSummaries } from './order-summaries.js';
import { OrderSummaryEntity } from './typeorm/order-summary.entity.js';
import { TypeOrmOrderSummaries } from './typeorm/typeorm-order-summaries.js';

/** The read model of orders, where the events are: in PostgreSQL or in memory. */
@Module({})
export class ReadModelModule {
  static register(store: 'postgres' | 'memory'): DynamicModule {
    const persistent = store === 'postgres';
    return {
      module: ReadModelModule,
      imports: persistent ? [TypeOrmModule.forFeature([OrderSummaryEntity])] : [],
      providers: [{ provide: OrderSummaries, useClass: persistent ? TypeOrmOrderSummaries : InMemoryOrderSummaries }],
      exports: [OrderSummaries],
    };
  }
}
