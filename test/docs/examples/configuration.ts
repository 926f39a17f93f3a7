import { type DynamicModule, Injectable, Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { EventSourcingModule, SchemaMigrator, type SchemaStatus } from '@tidemark/event-sourcing';
import type { DataSourceOptions } from 'typeorm';

@Injectable()
class Settings {
  readonly url = process.env.DATABASE_URL;
  readonly workers = process.env.WORKERS !== 'off';
}

@Module({ providers: [Settings], exports: [Settings] })
class SettingsModule {}

@Module({
  imports: [
    TypeOrmModule.forRootAsync({
      name: 'events',
      imports: [SettingsModule],
      inject: [Settings],
      useFactory: ({ url }: Settings) => ({ type: 'postgres', url }),
    }),
    EventSourcingModule.forRootAsync({
      dataSource: 'events',
      imports: [SettingsModule],
      inject: [Settings],
      useFactory: ({ workers }: Settings) => ({ schema: 'billing', workers, subscriptions: { batchSize: 500 } }),
    }),
  ],
})
export class ConfiguredModule {}

export function behindAPooler(poolerUrl: string, directUrl: string): DynamicModule[] {
  return [
    TypeOrmModule.forRoot({ type: 'postgres', url: poolerUrl }),
    EventSourcingModule.forRoot({ directUrl, preparedStatements: false }),
  ];
}

export async function migrate(options: DataSourceOptions): Promise<SchemaStatus> {
  const migrator = new SchemaMigrator(options, 'billing');
  await migrator.up();
  return migrator.status();
}
