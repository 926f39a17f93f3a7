import { z } from 'zod';

/** Longest time that a timer takes, in milliseconds. */
const LONGEST_MS = 2_147_483_647;

/** A whole number within bounds. */
export function wholeNumber(min: number, max: number) {
  const range = `must be a whole number from ${min} to ${max}`;
  return z
    .string()
    .regex(/^\d{1,10}$/, range)
    .transform(Number)
    .refine((value) => value >= min && value <= max, range);
}

/** A time in whole milliseconds. */
export function milliseconds(min: number) {
  return wholeNumber(min, LONGEST_MS);
}

/** Yes or no. */
export const flag = z
  .enum(['true', 'false'], { error: "must be 'true' or 'false'" })
  .transform((text) => text === 'true');

/** Any text; what it must look like is looked at elsewhere. */
export const text = z.string();

/** Several names with commas in between. */
export const names = z
  .string()
  .transform((list) => list.split(',').map((name) => name.trim()))
  .refine((list) => list.every((name) => name !== ''), 'must be names with commas in between');

/** An address of HTTP without credentials: it is shown in logs. */
export const httpUrl = z
  .url({ protocol: /^https?$/, hostname: /.+/, error: 'must be a URL such as http://collector:4318' })
  .refine((url) => {
    const { username, password } = new URL(url);
    return username === '' && password === '';
  }, 'must not hold a user or a password; OTEL_EXPORTER_OTLP_HEADERS is the place for them');
