import { describe, expect, it } from '@jest/globals';
import { NestFactory } from '@nestjs/core';
import { EventSourcingModule, EventStore, SubscriptionManager } from '@tidemark/event-sourcing';
import { eventually } from '../support/eventually.js';
import { AccountCredited } from './examples/account.js';
import { Mailer, Statements } from './examples/subscriber.js';

describe('what the guide says of subscribers', () => {
  it('sends a mail for what happens after it has begun', async () => {
    const mails = { module: class Mails {}, providers: [Mailer], exports: [Mailer] };
    const root = EventSourcingModule.forRoot({ store: 'memory' });
    const feature = EventSourcingModule.forFeature({
      events: [AccountCredited],
      subscribers: [Statements],
      imports: [mails],
    });
    const app = await NestFactory.createApplicationContext(
      { module: class {}, imports: [root, feature] },
      { logger: false },
    );
    const subscriptions = app.get(SubscriptionManager);
    await eventually(async () => (await subscriptions.status())[0]?.state === 'live');
    const { position } = await app.get(EventStore).append('account-1', [new AccountCredited(5)]);
    await subscriptions.waitFor(position, { subscription: 'statements' });
    const mailer = app.get(Mailer, { strict: false });
    expect([...mailer.sent.values()]).toEqual(['account-1 was credited with 5']);
    await app.close();
  });
});
