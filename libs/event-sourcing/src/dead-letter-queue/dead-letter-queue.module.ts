import { type DynamicModule, Global, Module } from '@nestjs/common';
import { PostgresDatabase } from '../database/index.js';
import { DeadLetterQueue } from './dead-letter-queue.js';
import { DeadLetterStore } from './dead-letter-store.js';
import { InMemoryDeadLetterStore } from './in-memory/in-memory-dead-letter-store.js';
import { PostgresDeadLetterStore } from './postgres/postgres-dead-letter-store.js';

/** Gives the app its dead letter queue; wants the database and the instrumentation of the other rooms. */
@Global()
@Module({})
export class DeadLetterQueueModule {
  /** The room has no options. */
  static register(): DynamicModule {
    return {
      module: DeadLetterQueueModule,
      providers: [
        {
          provide: DeadLetterStore,
          inject: [PostgresDatabase],
          useFactory: (database: PostgresDatabase | null) =>
            database === null ? new InMemoryDeadLetterStore() : new PostgresDeadLetterStore(database),
        },
        DeadLetterQueue,
      ],
      exports: [DeadLetterStore, DeadLetterQueue],
    };
  }
}
