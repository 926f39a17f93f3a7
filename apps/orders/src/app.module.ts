import { type DynamicModule, Module, StandardSchemaValidationPipe } from '@nestjs/common';
import { APP_FILTER, APP_PIPE } from '@nestjs/core';
import { CqrsModule } from '@nestjs/cqrs';
import { EventSourcingModule } from '@tidemark/event-sourcing';
import type { Logging } from '@tidemark/event-sourcing/logging';
import { ConfigModule } from './config/config.module.js';
import type { AppConfig } from './config/app.config.js';
import { DatabaseModule } from './database/database.module.js';
import type { Database } from './database/database.js';
import { ErrorFilter } from './http/error.filter.js';
import { OrdersModule } from './orders/orders.module.js';

/** The whole app. */
@Module({})
export class AppModule {
  /** @param database `undefined` runs the same app in memory. */
  static register(config: AppConfig, database: Database | undefined, logging: Logging): DynamicModule {
    const store = database === undefined ? 'memory' : 'postgres';
    return {
      module: AppModule,
      imports: [
        logging.module,
        ConfigModule.register(config),
        ...(database === undefined ? [] : [DatabaseModule.register(database)]),
        CqrsModule.forRoot(),
        EventSourcingModule.forRoot({
          store,
          migrate: true,
          ...config.eventSourcing,
          metrics: true,
          tracing: config.tracing?.enabled,
          healthController: true,
        }),
        OrdersModule.register(store),
      ],
      providers: [
        { provide: APP_PIPE, useFactory: () => new StandardSchemaValidationPipe({ maxErrorMessagesLength: 10_000 }) },
        { provide: APP_FILTER, useClass: ErrorFilter },
      ],
    };
  }
}
