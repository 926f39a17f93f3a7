import type { DestinationStream } from 'pino';
import { z } from 'zod';
import { ConfigurationError } from '../../core/index.js';

/** Least severe level that is written. */
export type LoggingLevel = 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace' | 'silent';

/** How the app logs by pino. */
export interface LoggingOptions {
  /** Least severe level that is written: fatal, error, warn, info, debug, trace; `silent` writes nothing. @default 'info' */
  readonly level?: LoggingLevel;
  /** Name of the service, in the field `service` of every line. @default none */
  readonly service?: string;
  /** Paths whose requests are not logged, with all below them. @default ['/health', '/metrics'] */
  readonly quietPaths?: readonly string[];
  /** Further paths of fields that are masked, in the form of pino's `redact`. @default none */
  readonly redact?: readonly string[];
  /**
   * Whether lines are made for people; needs the package `pino-pretty`.
   * @default true where standard output is a terminal and the package is there
   */
  readonly pretty?: boolean;
  /** Where lines go, for example a stream of `pino.destination`; they are never made pretty there. @default standard output */
  readonly destination?: DestinationStream;
}

/** The options with defaults filled in. */
export type ResolvedLoggingOptions = Required<Omit<LoggingOptions, 'service' | 'pretty' | 'destination'>> &
  Pick<LoggingOptions, 'service' | 'pretty' | 'destination'>;

/** What holds where the options say nothing. */
const LOGGING_DEFAULTS = Object.freeze({
  level: 'info',
  quietPaths: Object.freeze(['/health', '/metrics']),
  redact: Object.freeze([]),
} as const satisfies LoggingOptions);

const loggingSchema = z.strictObject({
  level: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).optional(),
  service: z.string().min(1).optional(),
  quietPaths: z.array(z.string().startsWith('/')).readonly().optional(),
  redact: z.array(z.string().min(1)).readonly().optional(),
  pretty: z.boolean().optional(),
  destination: z
    .custom<DestinationStream>((value) => typeof (value as DestinationStream | null)?.write === 'function', {
      message: 'must be a stream with a method write',
    })
    .optional(),
});

/** Checks the options and fills in the defaults; throws one {@link ConfigurationError} that lists all that is wrong. */
export function resolveLoggingOptions(given: LoggingOptions): ResolvedLoggingOptions {
  const { success, data, error } = loggingSchema.safeParse(given);
  if (!success) {
    throw new ConfigurationError(
      error.issues.map(({ path, message }) => `option '${['logging', ...path].join('.')}': ${message}.`),
    );
  }
  const said: Readonly<Record<string, unknown>> = data;
  const defined = Object.entries(said).filter(([, value]) => value !== undefined);
  return { ...LOGGING_DEFAULTS, ...(Object.fromEntries(defined) as typeof data) };
}
