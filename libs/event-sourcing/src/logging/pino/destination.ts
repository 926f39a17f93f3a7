import { createRequire } from 'node:module';
import { destination, type DestinationStream } from 'pino';
import { ConfigurationError } from '../../core/index.js';
import type { ResolvedLoggingOptions } from './logging.options.js';

type MakePretty = (options: object) => DestinationStream;

/**
 * Where lines go. Written at once and in this process: the last lines before an end are those that are wanted most, and a
 * worker thread would lose them. Throws `ConfigurationError` where lines are to be pretty and `pino-pretty` is missing.
 */
export function destinationOf({ destination: given, pretty }: ResolvedLoggingOptions): DestinationStream {
  if (given !== undefined) return given;
  const makePretty = (pretty ?? process.stdout.isTTY) ? loadPretty() : undefined;
  if (makePretty === undefined && pretty === true) {
    throw new ConfigurationError(["option 'logging.pretty' needs what is not installed: npm install pino-pretty."]);
  }
  return makePretty === undefined
    ? destination({ dest: 1, sync: true })
    : makePretty({ sync: true, ignore: 'pid,hostname,service', translateTime: 'SYS:HH:MM:ss.l' });
}

function loadPretty(): MakePretty | undefined {
  try {
    return createRequire(import.meta.url)('pino-pretty') as MakePretty;
  } catch {
    // It is optional; lines stay JSON without it.
    return undefined;
  }
}
