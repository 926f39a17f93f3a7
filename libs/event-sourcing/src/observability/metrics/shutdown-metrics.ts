import type { Instrumentation } from '../../core/index.js';
import { SHUTDOWN_COMPLETED, SHUTDOWN_INITIATED } from '../../lifecycle/index.js';
import type { MetricSet } from './metric-set.js';

const BUCKETS = [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 30, 45, 60, 90];

/** Metrics of the shutdown, for as long as the app still answers; gives what ends the listening. */
export function shutdownMetrics(metrics: MetricSet, instrumentation: Instrumentation): readonly (() => void)[] {
  const initiated = metrics.counter({
    name: 'shutdown_initiated_total',
    help: 'Shutdowns that have begun: 1 from the moment at which this process was told to end.',
  });
  const duration = metrics.histogram({
    name: 'shutdown_duration_seconds',
    help: 'Duration of the drain at the end in seconds, by outcome: stopped or forced.',
    labels: ['outcome'],
    buckets: BUCKETS,
  });
  const drained = metrics.counter({
    name: 'shutdown_events_drained_total',
    help: 'Events that were under way when the process was told to end, by outcome: drained or rolled_back.',
    labels: ['outcome'],
  });
  return [
    instrumentation.on(SHUTDOWN_INITIATED, () => initiated.inc()),
    instrumentation.on(SHUTDOWN_COMPLETED, ({ forced, durationSeconds, eventsDrained, eventsNotDrained }) => {
      duration.observe({ outcome: forced ? 'forced' : 'stopped' }, durationSeconds);
      drained.inc({ outcome: 'drained' }, eventsDrained);
      drained.inc({ outcome: 'rolled_back' }, eventsNotDrained);
    }),
  ];
}
