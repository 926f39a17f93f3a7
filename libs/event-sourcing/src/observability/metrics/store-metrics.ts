import { AGGREGATE_LOADED } from '../../aggregates/index.js';
import type { Instrumentation } from '../../core/index.js';
import { APPEND_COMPLETED, APPEND_FAILED, ConcurrencyError, PAGE_READ } from '../../event-store/index.js';
import { DURATION_BUCKETS, type MetricSet } from './metric-set.js';

const SIZE_BUCKETS = [1, 2, 5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000];

/** Metrics of appends and reads, by what the event store tells; gives what ends the listening. */
export function storeMetrics(metrics: MetricSet, instrumentation: Instrumentation): readonly (() => void)[] {
  const appended = metrics.counter({
    name: 'events_appended_total',
    help: 'Events appended by this process, by type; those of a transaction that was rolled back afterwards included.',
    labels: ['type'],
  });
  const duration = metrics.histogram({
    name: 'append_duration_seconds',
    help: 'Duration of appends in seconds, by outcome: appended, repeated, conflict or failed.',
    labels: ['outcome'],
    buckets: DURATION_BUCKETS,
  });
  const size = metrics.histogram({
    name: 'append_batch_size',
    help: 'Events of one append to one stream.',
    buckets: SIZE_BUCKETS,
  });
  const conflicts = metrics.counter({
    name: 'append_conflicts_total',
    help: 'Appends that were refused because the stream was not at the expected version.',
  });
  const read = metrics.histogram({
    name: 'read_duration_seconds',
    help: 'Duration of reading one page in seconds, of a stream or of the feed; without what subscriptions read.',
    labels: ['of'],
    buckets: DURATION_BUCKETS,
  });
  return [
    instrumentation.on(APPEND_COMPLETED, ({ types, index, repeated, durationSeconds }) => {
      if (index === 0) duration.observe({ outcome: repeated ? 'repeated' : 'appended' }, durationSeconds);
      if (repeated) return;
      size.observe(types.length);
      for (const type of types) appended.inc({ type });
    }),
    instrumentation.on(APPEND_FAILED, ({ error, index, durationSeconds }) => {
      if (index > 0) return;
      const isConflict = error instanceof ConcurrencyError;
      duration.observe({ outcome: isConflict ? 'conflict' : 'failed' }, durationSeconds);
      if (isConflict) conflicts.inc();
    }),
    instrumentation.on(PAGE_READ, ({ of, durationSeconds }) => read.observe({ of }, durationSeconds)),
  ];
}

/** Metrics of loading aggregates and deciders, by what their repositories tell; gives what ends the listening. */
export function aggregateMetrics(metrics: MetricSet, instrumentation: Instrumentation): readonly (() => void)[] {
  const load = metrics.histogram({
    name: 'aggregate_load_seconds',
    help: 'Duration of loading the state of a stream in seconds, snapshot and replay included.',
    labels: ['category'],
    buckets: DURATION_BUCKETS,
  });
  const hits = metrics.counter({
    name: 'snapshot_hits_total',
    help: 'Loads that began with a snapshot.',
    labels: ['category'],
  });
  const misses = metrics.counter({
    name: 'snapshot_misses_total',
    help: 'Loads that replayed the whole stream though its kind has snapshots, by reason.',
    labels: ['category', 'reason'],
  });
  return [
    instrumentation.on(AGGREGATE_LOADED, ({ category, snapshot, missReason, durationSeconds }) => {
      load.observe({ category }, durationSeconds);
      if (snapshot === 'hit') hits.inc({ category });
      if (snapshot === 'miss') misses.inc({ category, reason: missReason });
    }),
  ];
}
