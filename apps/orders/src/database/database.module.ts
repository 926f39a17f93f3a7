import { type DynamicModule, Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import type { Database } from './database.js';
import { typeOrmOptions } from './typeorm.options.js';

// The server is not there yet, or not yet ready: worth another try. Anything else would fail again.
const NOT_YET_THERE = new Set(['ECONNREFUSED', 'ECONNRESET', 'ENOTFOUND', 'EAI_AGAIN', '57P03']);

/** TypeORM on the app's database. */
@Module({})
export class DatabaseModule {
  static register(database: Database): DynamicModule {
    return {
      module: DatabaseModule,
      imports: [
        TypeOrmModule.forRootAsync({
          useFactory: () => ({
            ...typeOrmOptions(database.connection),
            retryAttempts: 5,
            retryDelay: 1_000,
            toRetry: ({ code }: { code?: string }) => code !== undefined && NOT_YET_THERE.has(code),
          }),
          dataSourceFactory: (options) => database.connect(options ?? typeOrmOptions(database.connection)),
        }),
      ],
    };
  }
}
