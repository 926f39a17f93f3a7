import type { PostgresDatabase } from '../../database/index.js';
import type {
  CircuitBreakerState,
  PartitionState,
  SubscriptionHere,
  SubscriptionsHere,
} from '../../subscriptions/index.js';
import type { CachedDatabaseFacts, DatabaseFacts } from './database-facts.js';
import type { MetricSet, SetValue } from './metric-set.js';

const STATES: readonly PartitionState[] = [
  'starting',
  'standby',
  'paused',
  'catching_up',
  'live',
  'retrying',
  'failed',
  'stopped',
];
const CIRCUITS: readonly CircuitBreakerState[] = ['closed', 'open', 'half_open'];
const DEAD_LETTER_STATES = ['parked', 'redriving', 'resolved', 'discarded'] as const;
const OF_SUBSCRIPTION = ['subscription'];

type TellFacts = (set: SetValue, known: DatabaseFacts) => void;
type DatabaseGauge = (name: string, help: string, labels: readonly string[] | undefined, tell: TellFacts) => void;

/** Gauges of what only the database knows; without a value where it does not tell. */
export function databaseGauges(metrics: MetricSet, facts: CachedDatabaseFacts): void {
  const gauge: DatabaseGauge = (name, help, labels, tell) =>
    metrics.gauge({ name, help, labels }, async (set) => {
      const known = await facts.current();
      if (known !== undefined) tell(set, known);
    });
  ofFeed(gauge);
  ofLags(gauge);
  ofDeadLetters(gauge);
}

function ofFeed(gauge: DatabaseGauge): void {
  gauge('feed_head_position', 'Greatest global position given out.', undefined, (set, { horizon }) =>
    set({}, Number(horizon.head)),
  );
  gauge('feed_horizon_position', 'Position up to which the feed is settled and read.', undefined, (set, { horizon }) =>
    set({}, Number(horizon.horizon)),
  );
  gauge(
    'feed_horizon_age_seconds',
    'Age of what an open transaction holds back behind the horizon, in seconds; 0 where nothing is.',
    undefined,
    (set, { horizon }) => set({}, horizon.ageSeconds),
  );
}

function ofLags(gauge: DatabaseGauge): void {
  gauge(
    'subscription_position',
    'Position up to which a subscription has handled everything, over all processes.',
    OF_SUBSCRIPTION,
    (set, { lags }) => {
      for (const { name: subscription, position } of lags) {
        if (position !== undefined) set({ subscription }, Number(position));
      }
    },
  );
  gauge(
    'subscription_lag_events',
    'Events that a subscription has yet to handle, over all processes; beyond 10,000 an upper bound.',
    OF_SUBSCRIPTION,
    (set, { lags }) => {
      for (const { name: subscription, events } of lags) set({ subscription }, events);
    },
  );
  gauge(
    'subscription_lag_seconds',
    'Age of the oldest event that a subscription has yet to handle, in seconds; 0 where there is none.',
    OF_SUBSCRIPTION,
    (set, { lags }) => {
      for (const { name: subscription, seconds } of lags) set({ subscription }, seconds);
    },
  );
}

function ofDeadLetters(gauge: DatabaseGauge): void {
  gauge('dead_letters', 'Dead letters, by state.', ['subscription', 'state'], (set, { lags, deadLetters }) => {
    for (const { name: subscription } of lags) {
      for (const state of DEAD_LETTER_STATES) set({ subscription, state }, 0);
    }
    for (const [subscription, counts] of Object.entries(deadLetters.bySubscription)) {
      for (const state of DEAD_LETTER_STATES) set({ subscription, state }, counts[state]);
    }
  });
  gauge(
    'dead_letter_oldest_age_seconds',
    'Time since the oldest open dead letter was parked, in seconds; 0 where none is open.',
    OF_SUBSCRIPTION,
    (set, { lags, deadLetters }) => {
      for (const { name: subscription } of lags) set({ subscription }, 0);
      for (const [subscription, { oldestAt }] of Object.entries(deadLetters.bySubscription)) {
        set({ subscription }, oldestAt === undefined ? 0 : Math.max(0, Date.now() - oldestAt.getTime()) / 1_000);
      }
    },
  );
}

/** Gauges of what this process knows by itself, whether there is a database or not. */
export function localGauges(metrics: MetricSet, here: SubscriptionsHere): void {
  const gauge = (
    name: string,
    help: string,
    labels: readonly string[] | undefined,
    tell: (set: SetValue, of: SubscriptionHere) => void,
  ) =>
    metrics.gauge({ name, help, labels }, (set) => {
      for (const subscription of here.list()) tell(set, subscription);
    });
  gauge(
    'subscription_state',
    '1 for the state of the worst partition of a subscription in this process, 0 for the other states.',
    ['subscription', 'state'],
    (set, { name: subscription, state: current }) => {
      for (const state of STATES) set({ subscription, state }, state === current ? 1 : 0);
    },
  );
  gauge(
    'circuit_breaker_state',
    '1 for the state of the worst circuit breaker of a subscription in this process, 0 for the other states.',
    ['subscription', 'state'],
    (set, { name: subscription, circuit }) => {
      for (const state of CIRCUITS) set({ subscription, state }, state === circuit ? 1 : 0);
    },
  );
  gauge(
    'subscription_partitions',
    'Partitions that a subscription is divided into, by the code of this process.',
    OF_SUBSCRIPTION,
    (set, { name: subscription, partitions }) => set({ subscription }, partitions),
  );
  gauge(
    'subscription_partitions_owned',
    'Partitions of a subscription that this process owns.',
    OF_SUBSCRIPTION,
    (set, { name: subscription, partitionsOwned }) => set({ subscription }, partitionsOwned),
  );
  gauge(
    'subscription_in_flight',
    'Events that this process has taken from the feed and whose checkpoint has not moved yet.',
    OF_SUBSCRIPTION,
    (set, { name: subscription, inFlight }) => set({ subscription }, inFlight),
  );
}

/** Gauges of the connection pool. */
export function poolGauges(metrics: MetricSet, database: Pick<PostgresDatabase, 'poolUse'>): void {
  const connections = { name: 'pool_connections', help: 'Connections of the pool, by state.', labels: ['state'] };
  metrics.gauge(connections, (set) => {
    const { busy, idle } = database.poolUse();
    set({ state: 'busy' }, busy);
    set({ state: 'idle' }, idle);
  });
  metrics.gauge(
    { name: 'pool_waiting', help: 'Callers that wait because all connections of the pool are taken.' },
    (set) => set({}, database.poolUse().waiting),
  );
}
