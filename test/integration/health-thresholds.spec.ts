import { describe, expect, it } from '@jest/globals';
import { eventually } from '../support/eventually.js';
import { healthBench } from '../support/health-bench.js';

describe('thresholds of health', () => {
  const { start, full, append, nothing, failing } = healthBench();

  it.each([
    ['healthy', {}, 7, 200],
    ['degraded', { maxLagEventsWarning: 6 }, 7, 200],
    ['critical', { maxLagEventsWarning: 2, maxLagEventsCritical: 6 }, 7, 503],
    ['critical', { maxLagEventsCritical: 4 }, 5, 503],
    ['degraded', { maxLagSecondsWarning: 0.1 }, 7, 200],
    ['critical', { maxLagSecondsCritical: 0.1 }, 7, 503],
  ] as const)('calls a lag of 7 events %s with %p, and counts %d', async (status, health, counted, code) => {
    const { store, manager } = await start(nothing, { health });
    await manager.waitFor(await append(store, 2), { subscription: 'noted' });
    await manager.stop();
    await append(store, 7);
    const answer = await eventually(full, ({ report }) => report.subscriptions[0]?.status === status);
    expect(answer.code).toBe(code);
    expect(answer.report.subscriptions[0]).toMatchObject({ lagEvents: counted, position: '2' });
    expect(answer.report.totalLagEvents).toBe(counted);
  });

  it.each([
    ['critical', { maxDeadLettersCritical: 2 }],
    ['degraded', { maxDeadLettersWarning: 2 }],
    ['healthy', {}],
  ] as const)('calls three dead letters %s with %p', async (status, health) => {
    const { store } = await start(failing, { subscriptions: { maxRetries: 0, circuitBreaker: false }, health });
    await append(store, 3);
    const { report } = await eventually(full, (answer) => answer.report.deadLetterQueue?.parked === 3);
    expect(report.deadLetterQueue).toMatchObject({ status, affectedSubscriptions: 1, bySubscription: { noted: 3 } });
  });

  it.each([
    ['degraded', 'one', { maxErrorRatePerMinute: 2 }],
    ['degraded', 'all', { maxErrorsWarning: 2 }],
    ['critical', 'all', { maxErrorsCritical: 2 }],
    ['healthy', 'all', {}],
  ] as const)('calls three errors a minute %s, of %s, with %p', async (status, of, health) => {
    let tries = 0;
    const { store, manager } = await start(
      async () => {
        tries += 1;
        if (tries <= 3) throw new Error('not yet');
      },
      { health },
    );
    await manager.waitFor(await append(store, 1), { subscription: 'noted' });
    const { report } = await full();
    expect(report.totalEventsFailed).toBe(3);
    expect(of === 'one' ? report.subscriptions[0]?.status : report.status).toBe(status);
  });

  it.each([
    ['unhealthy', {}],
    ['degraded', { circuitOpenIsUnhealthy: false }],
  ] as const)('calls an open circuit %s with %p', async (status, health) => {
    const { store } = await start(failing, {
      subscriptions: { maxRetries: 0, circuitBreaker: { threshold: 1 } },
      health,
    });
    await append(store, 3);
    const isOpen = "subscription 'noted' has its circuit open";
    const { report } = await eventually(full, (answer) => {
      return answer.report.subscriptions[0]?.reasons.includes(isOpen) === true;
    });
    expect(report.subscriptions[0]?.status).toBe(status);
  });

  it.each([true, false])('counts no further than it must (in memory: %p)', async (memory) => {
    const { store, storage } = await start(nothing, { memory });
    const upTo = await append(store, 7);
    expect(await storage.countFeed({ after: 0n, upTo, limit: 5 })).toBe(5n);
    expect(await storage.countFeed({ after: 0n, upTo, limit: 50 })).toBe(7n);
    expect(await storage.countFeed({ after: 2n, upTo })).toBe(5n);
  });
});
