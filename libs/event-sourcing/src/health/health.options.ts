import { z } from 'zod';
import { milliseconds } from '../core/index.js';

/** From where on things are not well. What is above a `…Warning` is degraded, above a `…Critical` critical. */
export interface HealthOptions {
  /** Errors of a subscription in the last minute, in this process, above which it is degraded. @default 10 */
  readonly maxErrorRatePerMinute?: number;
  /** Errors of all subscriptions in the last minute, in this process. @default 10 */
  readonly maxErrorsWarning?: number;
  /** The same. @default 100 */
  readonly maxErrorsCritical?: number;
  /** Events that a subscription has yet to handle. @default 1000 */
  readonly maxLagEventsWarning?: number;
  /** The same. They are counted up to one more than this. @default 10000 */
  readonly maxLagEventsCritical?: number;
  /** Age of the oldest event that a subscription has yet to handle, and of what holds the feed's horizon, in seconds. @default 60 */
  readonly maxLagSecondsWarning?: number;
  /** The same. @default 300 */
  readonly maxLagSecondsCritical?: number;
  /** Open dead letters of all subscriptions. @default 10 */
  readonly maxDeadLettersWarning?: number;
  /** The same. @default 100 */
  readonly maxDeadLettersCritical?: number;
  /** Whether a subscription whose circuit breaker is open is unhealthy; degraded otherwise. @default true */
  readonly circuitOpenIsUnhealthy?: boolean;
  /** How long a loop may give no sign of life while the database answers, before the process counts as dead, in milliseconds. @default 120000 */
  readonly loopTimeoutMs?: number;
  /** How long the database may take to answer all that is asked for a report, in milliseconds. @default 2000 */
  readonly reportTimeoutMs?: number;
  /** How long a report holds before the next is made, in milliseconds; 0 makes one for each question. @default 1000 */
  readonly cacheMs?: number;
}

/** The options with defaults filled in. */
export type ResolvedHealthOptions = Required<HealthOptions>;

/** What holds where the options say nothing. */
export const HEALTH_DEFAULTS: ResolvedHealthOptions = Object.freeze({
  maxErrorRatePerMinute: 10,
  maxErrorsWarning: 10,
  maxErrorsCritical: 100,
  maxLagEventsWarning: 1_000,
  maxLagEventsCritical: 10_000,
  maxLagSecondsWarning: 60,
  maxLagSecondsCritical: 300,
  maxDeadLettersWarning: 10,
  maxDeadLettersCritical: 100,
  circuitOpenIsUnhealthy: true,
  loopTimeoutMs: 120_000,
  reportTimeoutMs: 2_000,
  cacheMs: 1_000,
});

const number = z.number().min(0).optional();

/** Checks the options of the room. */
export const healthSchema = z.strictObject({
  maxErrorRatePerMinute: number,
  maxErrorsWarning: number,
  maxErrorsCritical: number,
  maxLagEventsWarning: z.number().int().min(0).optional(),
  maxLagEventsCritical: z.number().int().min(0).max(10_000_000).optional(),
  maxLagSecondsWarning: number,
  maxLagSecondsCritical: number,
  maxDeadLettersWarning: number,
  maxDeadLettersCritical: number,
  circuitOpenIsUnhealthy: z.boolean().optional(),
  loopTimeoutMs: milliseconds(1),
  reportTimeoutMs: milliseconds(1),
  cacheMs: milliseconds(0),
});

/** Injection token of the room's {@link HealthOptions}. */
export const HEALTH_OPTIONS = Symbol('tidemark.health-options');
