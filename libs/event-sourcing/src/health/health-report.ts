/** `healthy` and `degraded` answer 200, `unhealthy` and `critical` 503. */
export type HealthStatus = 'healthy' | 'degraded' | 'unhealthy' | 'critical';

/** How one thing stands; `reasons` is empty where it is healthy. */
export interface Assessed {
  readonly status: HealthStatus;
  readonly reasons: readonly string[];
}

/** How the database stands. */
export interface DatabaseHealth extends Assessed {
  /** `undefined` where it does not answer, and with the store `memory`. */
  readonly latencyMs: number | undefined;
  /** `missing` names those that are not there. */
  readonly tables: { readonly present: number; readonly missing: readonly string[] } | undefined;
  /** The last migration that was run. */
  readonly schemaVersion: string | undefined;
  readonly pool: PoolUse | undefined;
}

/** Connections of the pool. */
export interface PoolUse {
  readonly total: number;
  readonly idle: number;
  /** Who waits for one. */
  readonly waiting: number;
  readonly max: number;
}

/** How far the feed can be read. Positions are decimal texts, for JSON has no numbers of their size. */
export interface HorizonHealth extends Assessed {
  readonly position: string;
  readonly head: string;
  /** For how long something has held the horizon below the head; 0 where nothing does. */
  readonly ageSeconds: number;
  /** Backend that does. */
  readonly holderPid: number | undefined;
}

/** Open dead letters. */
export interface DeadLettersHealth extends Assessed {
  readonly parked: number;
  readonly redriving: number;
  readonly affectedSubscriptions: number;
  readonly oldestAt: Date | undefined;
  /** Open ones, by name. */
  readonly bySubscription: Readonly<Record<string, number>>;
}

/** How one subscription stands. */
export interface SubscriptionHealth extends Assessed {
  readonly name: string;
  /** `not_started`: it has never written a checkpoint, in no process. */
  readonly state: string;
  readonly position: string | undefined;
  /** Events that it has yet to handle, counted up to one more than `maxLagEventsCritical`; `undefined` where it has not started. */
  readonly lagEvents: number | undefined;
  /** Age of the oldest of them; 0 where there is none. */
  readonly lagSeconds: number | undefined;
  readonly eventsProcessed: number;
  /** Failed tries in this process. */
  readonly eventsFailed: number;
  /** Of the last minute, in this process. */
  readonly errorRate: number;
  readonly lastError: string | undefined;
  readonly partitions: number;
  /** Who works on its partitions. */
  readonly owner: readonly string[];
}

/** All there is to say at one moment. What could not be asked is `undefined`. */
export interface HealthReport extends Assessed {
  /** `false` from the moment on that the app is told to end. */
  readonly running: boolean;
  readonly subscriptionCount: number;
  readonly healthyCount: number;
  readonly degradedCount: number;
  readonly unhealthyCount: number;
  readonly totalEventsProcessed: number;
  readonly totalEventsFailed: number;
  readonly totalLagEvents: number;
  readonly uptimeSeconds: number;
  readonly timestamp: Date;
  readonly database: DatabaseHealth;
  readonly deadLetterQueue: DeadLettersHealth | undefined;
  readonly horizon: HorizonHealth | undefined;
  readonly subscriptions: readonly SubscriptionHealth[];
}

/** Whether requests are to be sent here. */
export interface Readiness {
  readonly ready: boolean;
  /** Why not, or what is not as it should be; `undefined` where all is well. */
  readonly reason: string | undefined;
  readonly details: object;
}

/** Whether the process is to be left alive. */
export interface Liveness {
  readonly alive: boolean;
  readonly reason: string | undefined;
  readonly details: object;
}

const STATUSES: readonly HealthStatus[] = ['healthy', 'degraded', 'unhealthy', 'critical'];

/** The worst of them, with the reasons of all, the worst first. */
export function worstOf(all: readonly Assessed[]): Assessed {
  const bySeverity = [...all].sort((a, b) => STATUSES.indexOf(b.status) - STATUSES.indexOf(a.status));
  return { status: bySeverity[0]?.status ?? 'healthy', reasons: bySeverity.flatMap(({ reasons }) => reasons) };
}

/** Whether it answers 200. */
export function isFit(status: HealthStatus): boolean {
  return status === 'healthy' || status === 'degraded';
}

/** Degraded or critical where a value is above its bounds. */
export function bounded(value: number, warning: number, critical: number, reason: string): Assessed {
  if (value > critical) return { status: 'critical', reasons: [reason] };
  return value > warning ? { status: 'degraded', reasons: [reason] } : WELL;
}

export const WELL: Assessed = Object.freeze({ status: 'healthy', reasons: [] });
