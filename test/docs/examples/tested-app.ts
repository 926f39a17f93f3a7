import { Injectable, Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import {
  EventSourcingModule,
  EventStore,
  On,
  Projection,
  type RecordedEvent,
  Subscriber,
} from '@tidemark/event-sourcing';
import { Account, AccountCredited, AccountDebited, AccountOpened, Accounts } from './account.js';

@Injectable()
export class Owners {
  readonly names: string[] = [];
}

@Projection({ name: 'owners' })
export class OwnersProjection {
  constructor(private readonly owners: Owners) {}

  @On(AccountOpened)
  opened({ data }: RecordedEvent<AccountOpened>): void {
    this.owners.names.push(data.owner);
  }
}

@Subscriber({ name: 'welcome' })
class Welcome {
  constructor(private readonly store: EventStore) {}

  @On(AccountOpened)
  async give({ streamId }: RecordedEvent<AccountOpened>): Promise<void> {
    await this.store.append(streamId, [new AccountCredited(5)]);
  }
}

@Module({ providers: [Owners], exports: [Owners] })
class ReadModelModule {}

@Module({
  imports: [
    TypeOrmModule.forRootAsync({ useFactory: () => ({ type: 'postgres', url: process.env.DATABASE_URL }) }),
    EventSourcingModule.forRoot({ migrate: true }),
    EventSourcingModule.forFeature({
      imports: [ReadModelModule],
      events: [AccountOpened, AccountCredited, AccountDebited],
      aggregates: [Account],
      projections: [OwnersProjection],
      subscribers: [Welcome],
    }),
  ],
  providers: [Accounts],
})
export class AppModule {}
