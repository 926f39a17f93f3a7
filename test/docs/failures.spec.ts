import { describe, expect, it, jest } from '@jest/globals';
import { NestFactory } from '@nestjs/core';
import {
  type DeadLetter,
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
import { Alarms, closeByHand, errorsOf, operate, Pager, root, TaxOfficeClosed } from './examples/failures.js';

describe('what the guide says of failures', () => {
  it('classifies, tells, counts, redrives and closes', async () => {
    let closed = true;
    const credited: string[] = [];
    @Projection({ name: 'taxes' })
    class Taxes {
      @On(AccountCredited)
      credited({ streamId, version }: RecordedEvent<AccountCredited>): void {
        if (closed && streamId !== 'account-3') throw new TaxOfficeClosed('until Monday');
        credited.push(`${streamId}@${version}`);
      }
    }
    const feature = EventSourcingModule.forFeature({ events: [AccountCredited], projections: [Taxes] });
    const app = await NestFactory.createApplicationContext(
      { module: class {}, imports: [root, feature], providers: [Alarms, Pager] },
      { logger: false },
    );
    const queue = app.get(DeadLetterQueue);
    for (const id of [1, 1, 2]) await app.get(EventStore).append(`account-${id}`, [new AccountCredited(1)]);
    const { position } = await app.get(EventStore).append('account-3', [new AccountCredited(3)]);
    await app.get(SubscriptionManager).waitFor(position, { subscription: 'taxes' });
    const { letters } = await queue.list();
    const failed = letters.filter(({ reason }) => reason === 'failed').reverse();
    expect(app.get(Pager).pages).toEqual(
      failed.map(({ id, streamId }) => `account.credited of ${streamId} failed in taxes; it is dead letter ${id}`),
    );
    // Permanent, so there was one try each.
    expect(errorsOf(app.get(SubscriptionManager), 'taxes')).toBe(
      '2 in all; 2 TaxOfficeClosed; 2 a minute; 3 dead letters',
    );

    const [, second] = failed as [DeadLetter, DeadLetter];
    await closeByHand(queue, second.id);
    expect(await queue.get(second.id)).toMatchObject({ state: 'resolved', note: 'refunded by hand, ticket 4711' });
    closed = false;
    const log = jest.spyOn(console, 'log').mockImplementation(() => undefined);
    await operate(queue);
    expect(log.mock.calls).toContainEqual([failed[0]?.id, 'account-1', 1]);
    log.mockRestore();
    await eventually(async () => (await queue.stats()).resolved === 3);
    expect(credited).toEqual(['account-3@1', 'account-1@1', 'account-1@2']);
    await app.close();
  });
});
