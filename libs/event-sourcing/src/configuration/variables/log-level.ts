import { z } from 'zod';

/** Least severe level that is logged, most severe first; those of pino. */
export type SettingsLogLevel = 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace';

/** Nest's names for two of them. */
const NEST_NAMES: Readonly<Record<string, SettingsLogLevel>> = { log: 'info', verbose: 'trace' };

const LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'log', 'verbose'] as const;

/** A level of pino or of Nest; gives that of pino. */
export const logLevel = z
  .enum(LEVELS, { error: `must be one of ${LEVELS.join(', ')}` })
  .transform((level): SettingsLogLevel => NEST_NAMES[level] ?? (level as SettingsLogLevel));
