import type { PostgresDatabase } from '../database/index.js';
import type { DeadLetterQueue } from '../dead-letter-queue/index.js';
import type { EventStorage } from '../event-store/index.js';
import {
  type ErrorStats,
  filterOf,
  type SubscriptionDefinition,
  type SubscriptionManager,
  type SubscriptionRegistry,
  type SubscriptionStatus,
} from '../subscriptions/index.js';
import type { ResolvedHealthOptions } from './health.options.js';
import {
  type Assessed,
  bounded,
  type DeadLettersHealth,
  type HorizonHealth,
  type SubscriptionHealth,
  WELL,
  worstOf,
} from './health-report.js';
import { TRANSACTION_AGE } from './postgres/health.sql.js';

/** What the checks look at. */
export interface HealthSources {
  readonly database: PostgresDatabase | null;
  readonly storage: EventStorage;
  readonly manager: SubscriptionManager;
  readonly registry: SubscriptionRegistry;
  readonly deadLetters: DeadLetterQueue;
  readonly options: ResolvedHealthOptions;
}

/** How far the feed can be read, and for how long something has held it up. */
export async function checkHorizon({ storage, database, options }: HealthSources): Promise<HorizonHealth> {
  const { head, horizon, holderPid } = await storage.horizon();
  const isHeld = horizon < head && holderPid !== undefined && database !== null;
  const [row] = isHeld ? await database.query<{ age: number | null }>(TRANSACTION_AGE, [holderPid]) : [];
  const ageSeconds = Math.max(0, row?.age ?? 0);
  const reason = `backend ${holderPid} has held the horizon of the feed for ${Math.round(ageSeconds)} s`;
  const { maxLagSecondsWarning, maxLagSecondsCritical } = options;
  const assessed = bounded(ageSeconds, maxLagSecondsWarning, maxLagSecondsCritical, reason);
  return { ...assessed, position: String(horizon), head: String(head), ageSeconds, holderPid };
}

/** How many events wait in the dead letter queue. */
export async function checkDeadLetters({ deadLetters, options }: HealthSources): Promise<DeadLettersHealth> {
  const { parked, redriving, affectedSubscriptions, oldestAt, bySubscription } = await deadLetters.stats();
  const open = parked + redriving;
  const { maxDeadLettersWarning, maxDeadLettersCritical } = options;
  const counts = Object.entries(bySubscription).map(([name, counted]) => [name, counted.parked + counted.redriving]);
  return {
    ...bounded(open, maxDeadLettersWarning, maxDeadLettersCritical, `${open} dead letters are open`),
    parked,
    redriving,
    affectedSubscriptions,
    oldestAt,
    bySubscription: Object.fromEntries(counts) as Record<string, number>,
  };
}

/** How each subscription of the app stands. */
export async function checkSubscriptions(sources: HealthSources): Promise<readonly SubscriptionHealth[]> {
  const { manager, registry } = sources;
  const statuses = await manager.status();
  const errors = manager.getErrorStats();
  const checks = statuses.map(async (status) => {
    const definition = registry.get(status.name);
    return definition && checkSubscription(status, definition, errors, sources);
  });
  return (await Promise.all(checks)).filter((health) => health !== undefined);
}

/** Errors of all subscriptions within the last minute. */
export function checkErrors({ manager, options }: HealthSources): Assessed {
  const all = Object.values(manager.getErrorStats().subscriptions);
  const errors = all.reduce((sum, { errorRatePerMinute }) => sum + errorRatePerMinute, 0);
  const { maxErrorsWarning, maxErrorsCritical } = options;
  return bounded(errors, maxErrorsWarning, maxErrorsCritical, `${errors} errors within the last minute`);
}

async function checkSubscription(
  status: SubscriptionStatus,
  definition: SubscriptionDefinition,
  { subscriptions }: ErrorStats,
  sources: HealthSources,
): Promise<SubscriptionHealth> {
  const { name, position, state, handled, lastError, partitions } = status;
  const stats = subscriptions[name];
  const isStarted = partitions.some((partition) => partition.position !== undefined);
  const lag = isStarted ? await lagOf(status, definition, sources) : undefined;
  const errorRate = stats?.errorRatePerMinute ?? 0;
  const owners = partitions.map(({ owner }) => owner).filter((owner) => owner !== undefined);
  return {
    ...assess(status, lag, errorRate, sources.options),
    name,
    state: isStarted || state === 'failed' ? state : 'not_started',
    position: position?.toString(),
    lagEvents: lag?.events,
    lagSeconds: lag?.seconds,
    eventsProcessed: Number(handled),
    eventsFailed: stats?.totalErrors ?? 0,
    errorRate,
    lastError,
    partitions: partitions.length,
    owner: [...new Set(owners)],
  };
}

interface Lag {
  readonly events: number;
  readonly seconds: number;
}

/** Counts partition by partition, each from its own checkpoint, and no further than it takes to call it critical. */
async function lagOf(
  { head, partitions }: SubscriptionStatus,
  definition: SubscriptionDefinition,
  { storage, options }: HealthSources,
): Promise<Lag> {
  let left = options.maxLagEventsCritical + 1;
  let oldest = Infinity;
  for (const { partition, position: after = 0n } of partitions) {
    if (after >= head) continue;
    const filter = filterOf(definition, partition);
    left -= Number(await storage.countFeed({ after, upTo: head, filter, limit: Math.max(1, left) }));
    const [event] = (await storage.readFeed({ after, limit: 1, filter })).events;
    oldest = Math.min(oldest, event?.recordedAt.getTime() ?? Infinity);
  }
  const events = options.maxLagEventsCritical + 1 - Math.max(0, left);
  return { events, seconds: Number.isFinite(oldest) ? Math.max(0, (Date.now() - oldest) / 1_000) : 0 };
}

function assess(
  { name, state, circuit, pausedReason, lastError }: SubscriptionStatus,
  lag: Lag | undefined,
  errorRate: number,
  options: ResolvedHealthOptions,
): Assessed {
  const subscription = `subscription '${name}'`;
  const all: Assessed[] = [];
  const say = (status: Assessed['status'], reason: string): void =>
    void all.push({ status, reasons: [`${subscription} ${reason}`] });
  if (state === 'failed') say('unhealthy', `has failed: ${lastError ?? 'no error is known'}`);
  if (circuit === 'open') say(options.circuitOpenIsUnhealthy ? 'unhealthy' : 'degraded', 'has its circuit open');
  if (pausedReason !== undefined) say('degraded', `is paused: ${pausedReason}`);
  if (lag === undefined && state !== 'failed') say('degraded', 'has not started');
  if (errorRate > options.maxErrorRatePerMinute) say('degraded', `had ${errorRate} errors within the last minute`);
  const { maxLagEventsWarning, maxLagEventsCritical, maxLagSecondsWarning, maxLagSecondsCritical } = options;
  const { events, seconds } = lag ?? { events: 0, seconds: 0 };
  const atLeast = events > maxLagEventsCritical ? 'at least ' : '';
  const isBehind = `${subscription} is ${atLeast}${events} events behind`;
  all.push(
    bounded(events, maxLagEventsWarning, maxLagEventsCritical, isBehind),
    bounded(seconds, maxLagSecondsWarning, maxLagSecondsCritical, `${subscription} is ${Math.round(seconds)} s behind`),
    WELL,
  );
  return worstOf(all);
}
