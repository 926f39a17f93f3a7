import { describe, expect, it } from '@jest/globals';
import { NestFactory } from '@nestjs/core';
import { EventSourcingModule, NewEvent, DomainEvent, EventStore, SubscriptionManager } from '@tidemark/event-sourcing';
import { TidemarkHealthIndicators, TidemarkHealthModule } from '@tidemark/event-sourcing/health';
import { eventually } from '../support/eventually.js';
import { subscriptionOf } from '../support/observed-app.js';

@DomainEvent('noted')
class Noted {}

describe('the indicators of health', () => {
  it('are used one by one, in a controller of the app, and none of them throws', async () => {
    const projection = subscriptionOf('projection', 'noted', Noted, async () => undefined);
    const imports = [
      EventSourcingModule.forRoot({ store: 'memory', health: { cacheMs: 0 } }),
      EventSourcingModule.forFeature({ events: [Noted], projections: [projection] }),
      TidemarkHealthModule,
    ];
    const app = await NestFactory.createApplicationContext({ module: class App {}, imports }, { logger: false });
    const indicators = app.get(TidemarkHealthIndicators, { strict: false });
    const { position } = await app.get(EventStore).append('notes-1', [new NewEvent(new Noted())]);
    await app.get(SubscriptionManager).waitFor(position, { subscription: 'noted' });
    expect(await indicators.database('db')).toMatchObject({ db: { status: 'up', report: { status: 'healthy' } } });
    expect(await indicators.horizon()).toMatchObject({ horizon: { status: 'up', report: { head: '1' } } });
    expect(await indicators.deadLetters()).toMatchObject({ deadLetterQueue: { status: 'up', report: { parked: 0 } } });
    const subscriptions = [{ name: 'noted', status: 'healthy', lagEvents: 0 }];
    expect(await indicators.subscriptions()).toMatchObject({ subscriptions: { status: 'up', subscriptions } });
    await app.get(SubscriptionManager).pause('noted', 'a test');
    await eventually(
      () => indicators.subscriptions(),
      ({ subscriptions: one }) => one?.status === 'degraded',
    );
    expect(await indicators.tidemark()).toMatchObject({
      tidemark: { status: 'degraded', report: { reasons: ["subscription 'noted' is paused: a test"] } },
    });
    await app.close();
    expect(await indicators.tidemark()).toMatchObject({ tidemark: { status: 'down', report: { running: false } } });
  });
});
