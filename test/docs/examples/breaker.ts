import { EventSourcingModule, type SubscriptionManager } from '@tidemark/event-sourcing';

export const root = EventSourcingModule.forRoot({
  store: 'memory',
  subscriptions: {
    maxRetries: 0,
    circuitBreaker: { threshold: 3, resetMs: 60_000, halfOpenMax: 1 },
  },
});

export async function standStill(subscriptions: SubscriptionManager): Promise<readonly string[]> {
  const statuses = await subscriptions.status();
  return statuses
    .filter(({ state, circuit }) => state === 'failed' || circuit === 'open')
    .map(({ name, lastError }) => `${name}: ${lastError}`);
}
