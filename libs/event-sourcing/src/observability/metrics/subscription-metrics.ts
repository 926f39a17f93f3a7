import type { Instrumentation } from '../../core/index.js';
import { DEAD_LETTER_PARKED } from '../../dead-letter-queue/index.js';
import { BATCH_FAILED, BATCH_HANDLED, PARTITION_OWNERSHIP } from '../../subscriptions/index.js';
import { DURATION_BUCKETS, type MetricSet } from './metric-set.js';

/** From five milliseconds to an hour: a rebuild and a backlog are in it. */
const LATENCY_BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900, 3_600];

const OF_SUBSCRIPTION = ['subscription'];

/** Metrics of what subscriptions do, by what they tell; gives what ends the listening. */
export function subscriptionMetrics(metrics: MetricSet, instrumentation: Instrumentation): readonly (() => void)[] {
  return [...ofBatches(metrics, instrumentation), ...ofFailures(metrics, instrumentation)];
}

function ofBatches(metrics: MetricSet, instrumentation: Instrumentation): readonly (() => void)[] {
  const processed = metrics.counter({
    name: 'subscription_events_processed_total',
    help: 'Events that the handlers of this process have handled; without redriven dead letters.',
    labels: OF_SUBSCRIPTION,
  });
  const duration = metrics.histogram({
    name: 'subscription_batch_duration_seconds',
    help: 'Duration of a batch in seconds, handlers and checkpoint included.',
    labels: OF_SUBSCRIPTION,
    buckets: DURATION_BUCKETS,
  });
  const latency = metrics.histogram({
    name: 'subscription_event_latency_seconds',
    help: 'Time from the recording of an event to its having been handled, in seconds.',
    labels: OF_SUBSCRIPTION,
    buckets: LATENCY_BUCKETS,
  });
  const rebalances = metrics.counter({
    name: 'subscription_rebalances_total',
    help: 'Partitions that this process acquired, lost to another one, or released.',
    labels: ['subscription', 'change'],
  });
  return [
    instrumentation.on(BATCH_HANDLED, ({ subscription, eventCount, recordedAt, durationSeconds }) => {
      // A page without any event of the partition only moves the checkpoint.
      if (eventCount === 0) return;
      processed.inc({ subscription }, eventCount);
      duration.observe({ subscription }, durationSeconds);
      const now = Date.now();
      const observed = latency.labels({ subscription });
      // The clocks of the store and of this process may differ.
      for (const at of recordedAt) observed.observe(Math.max(0, now - at.getTime()) / 1_000);
    }),
    instrumentation.on(PARTITION_OWNERSHIP, ({ subscription, change }) => rebalances.inc({ subscription, change })),
  ];
}

function ofFailures(metrics: MetricSet, instrumentation: Instrumentation): readonly (() => void)[] {
  const failed = metrics.counter({
    name: 'subscription_events_failed_total',
    help: 'Tries at an event that failed, redrives included, by category of the error.',
    labels: ['subscription', 'category'],
  });
  const retries = metrics.counter({
    name: 'subscription_retries_total',
    help: 'Failures that are followed by another try, of an event or of anything else, by category of the error.',
    labels: ['subscription', 'category'],
  });
  const parked = metrics.counter({
    name: 'dead_letters_total',
    help: 'Events that this process parked as dead letters: failed, or queued-behind one of their stream.',
    labels: ['subscription', 'reason'],
  });
  return [
    instrumentation.on(BATCH_FAILED, ({ subscription, category, eventId, next }) => {
      if (eventId !== undefined) failed.inc({ subscription, category });
      if (next === 'retry') retries.inc({ subscription, category });
    }),
    instrumentation.on(DEAD_LETTER_PARKED, ({ subscription, reason }) => parked.inc({ subscription, reason })),
  ];
}
