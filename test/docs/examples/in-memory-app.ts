import type { INestApplicationContext } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { EventSourcingModule } from '@tidemark/event-sourcing';
import { Account, AccountCredited, AccountDebited, AccountOpened, Accounts } from './account.js';

/** The app of the guides, without a database. */
export async function startInMemory(): Promise<INestApplicationContext> {
  const AppModule = {
    module: class {},
    imports: [
      EventSourcingModule.forRoot({ store: 'memory' }),
      EventSourcingModule.forFeature({
        events: [AccountOpened, AccountCredited, AccountDebited],
        aggregates: [Account],
      }),
    ],
    providers: [Accounts],
  };
  return NestFactory.createApplicationContext(AppModule, { logger: false });
}
