import { defineFact } from '../logging/index.js';

const OF_PARTITION = ['subscription', 'partition'] as const;
const OF_EVENT = ['eventId', 'eventType', 'position', 'streamId', 'correlationId'] as const;
const OF_SHUTDOWN = [
  'phase',
  'reason',
  'durationSeconds',
  'inFlightAtStart',
  'eventsDrained',
  'eventsNotDrained',
  'checkpointsSaved',
  'leasesReleased',
] as const;

export const SUBSCRIPTION_FAILED = defineFact(
  'subscription.failed',
  'error',
  [
    ...OF_PARTITION,
    ...OF_EVENT,
    ...(['during', 'category', 'severity', 'attempt', 'next', 'retryInMs', 'deadLetterId', 'error'] as const),
  ],
  ({ subscription, partition, during, eventId, eventType, position, streamId, category, attempt, error, ...next }) => {
    const at = eventId && ` at event ${eventId} ('${eventType}', position ${position} of '${streamId}')`;
    const what = during === 'redrive' ? 'failed to redrive' : 'failed';
    return `Subscription '${subscription}' (partition ${partition}) ${what}${at} (${category}), attempt ${attempt}; ${followUp(next)}: ${error}`;
  },
);

export const EVENT_QUEUED = defineFact(
  'event.queued',
  'warn',
  [...OF_PARTITION, ...OF_EVENT],
  ({ subscription, eventId, streamId }) =>
    `Subscription '${subscription}' parked event ${eventId} of '${streamId}' behind a dead letter of its stream`,
);

export const DEAD_LETTERS_CHANGED = defineFact(
  'dead-letters.changed',
  'log',
  ['subscription', 'state', 'count', 'deadLetterId'],
  ({ subscription, state, count, deadLetterId }) => {
    const letters = deadLetterId === '' ? `${count} dead letters` : `Dead letter ${deadLetterId}`;
    return `${letters}${subscription && ` of subscription '${subscription}'`}: now ${state}`;
  },
);

const partitionChange = (change: 'acquired' | 'lost' | 'released') =>
  defineFact(
    `partition.${change}`,
    change === 'lost' ? 'warn' : 'log',
    [...OF_PARTITION, 'epoch'],
    ({ subscription, partition, epoch }) =>
      `Partition ${partition} of subscription '${subscription}' ${change}, epoch ${epoch}`,
  );

export const PARTITION_CHANGES = Object.freeze({
  acquired: partitionChange('acquired'),
  lost: partitionChange('lost'),
  released: partitionChange('released'),
});

const circuitChange = (state: 'open' | 'half_open' | 'closed', level: 'warn' | 'log', text: string) =>
  defineFact(
    `circuit-breaker.${state}`,
    level,
    OF_PARTITION,
    ({ subscription, partition }) =>
      `Circuit breaker of subscription '${subscription}' (partition ${partition}) ${text}`,
  );

export const CIRCUIT_CHANGES = Object.freeze({
  open: circuitChange('open', 'warn', 'is open: nothing is taken until it tries again'),
  half_open: circuitChange('half_open', 'log', 'tries again'),
  closed: circuitChange('closed', 'log', 'is closed: all goes on'),
});

export const SNAPSHOT_NOT_KEPT = defineFact(
  'snapshot.not-kept',
  'warn',
  ['streamId', 'version', 'reason', 'error'],
  ({ streamId, version, reason, error }) =>
    `Snapshot of '${streamId}' at version ${version} was not kept (${reason})${error && `: ${error}`}`,
);

export const SNAPSHOT_NOT_USED = defineFact(
  'snapshot.not-used',
  'warn',
  ['streamId', 'reason', 'error'],
  ({ streamId, reason, error }) =>
    `Snapshot of '${streamId}' was not used (${reason}), the stream was replayed${error && `: ${error}`}`,
);

export const SHUTDOWN_BEGUN = defineFact(
  'shutdown.begun',
  'log',
  ['reason', 'inFlight'],
  ({ reason, inFlight }) => `Shutdown (${reason}) begins, ${inFlight} events are in flight`,
);

const shutdownEnd = (name: 'completed' | 'forced', level: 'log' | 'warn') =>
  defineFact(`shutdown.${name}`, level, OF_SHUTDOWN, ({ phase, reason, durationSeconds, ...counts }) => {
    const { inFlightAtStart, eventsDrained, eventsNotDrained, checkpointsSaved, leasesReleased } = counts;
    return (
      `Shutdown (${reason}) ${phase} after ${Number(durationSeconds).toFixed(3)} s: ${inFlightAtStart} events were in flight, ` +
      `${eventsDrained} drained, ${eventsNotDrained} rolled back; ${checkpointsSaved} checkpoints saved, ${leasesReleased} leases released`
    );
  });

export const SHUTDOWN_COMPLETED_FACT = shutdownEnd('completed', 'log');
export const SHUTDOWN_FORCED = shutdownEnd('forced', 'warn');

export const METRICS_LEFT_OUT = defineFact(
  'metrics.left-out',
  'warn',
  ['error'],
  ({ error }) => `Metrics that only the database can tell are left out: ${error}`,
);

function followUp({ next, retryInMs, deadLetterId }: Readonly<Record<'next' | 'retryInMs' | 'deadLetterId', string>>) {
  if (next === 'retry') return `again in ${retryInMs} ms`;
  return next === 'park' ? `the event is parked as dead letter ${deadLetterId}` : 'it stops there';
}
