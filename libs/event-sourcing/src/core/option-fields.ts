import { z } from 'zod';

/** Longest time that a timer takes, in milliseconds. */
const LONGEST_MS = 2_147_483_647;

/** An option that is a time in whole milliseconds, at least `least`. */
export const milliseconds = (least: number): z.ZodOptional<z.ZodNumber> =>
  z.number().int().min(least).max(LONGEST_MS).optional();

/** An option that is a whole number from 1 to `greatest`. */
export const count = (greatest: number): z.ZodOptional<z.ZodNumber> => z.number().int().min(1).max(greatest).optional();
