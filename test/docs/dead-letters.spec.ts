import { describe, expect, it, jest } from '@jest/globals';
import { NestFactory } from '@nestjs/core';
import {
  DeadLetterQueue,
  EventSourcingModule,
  EventStore,
  On,
  Projection,
  type RecordedEvent,
  SubscriptionManager,
} from '@tidemark/event-sourcing';
import { eventually } from '../support/eventually.js';
import { AccountCredited } from './examples/account.js';
import { redriveParked } from './examples/dead-letters.js';

describe('what the guide says of dead letters', () => {
  it('lists what was parked, with its error, and hands it to the handlers again', async () => {
    let broken = true;
    const credited: string[] = [];
    @Projection({ name: 'balances' })
    class Balances {
      @On(AccountCredited)
      credited({ streamId, version }: RecordedEvent<AccountCredited>): void {
        if (broken && streamId === 'account-1') throw new Error('no such account');
        credited.push(`${streamId}@${version}`);
      }
    }
    const root = EventSourcingModule.forRoot({ store: 'memory', subscriptions: { maxRetries: 0 } });
    const feature = EventSourcingModule.forFeature({ events: [AccountCredited], projections: [Balances] });
    const app = await NestFactory.createApplicationContext(
      { module: class {}, imports: [root, feature] },
      { logger: false },
    );
    const store = app.get(EventStore);
    await store.append('account-1', [new AccountCredited(1), new AccountCredited(2)]);
    const { position } = await store.append('account-2', [new AccountCredited(3)]);
    await app.get(SubscriptionManager).waitFor(position, { subscription: 'balances' });
    expect(credited).toEqual(['account-2@1']);

    broken = false;
    const log = jest.spyOn(console, 'log').mockImplementation(() => undefined);
    await redriveParked(app.get(DeadLetterQueue));
    expect(log.mock.calls).toContainEqual(['account.credited of account-1: no such account']);
    log.mockRestore();
    await eventually(async () => (await app.get(DeadLetterQueue).stats()).resolved === 2);
    expect(credited).toEqual(['account-2@1', 'account-1@1', 'account-1@2']);
    await app.close();
  });
});
