import type { IncomingMessage, ServerResponse } from 'node:http';
import type { LevelWithSilent } from 'pino';
import type { Options } from 'pino-http';
import { stdTimeFunctions } from 'pino';
import { v7 as uuidv7 } from 'uuid';
import type { EventContextValues } from '../../core/index.js';
import { safeErrorOf } from '../safe-error.js';
import type { ResolvedLoggingOptions } from './logging.options.js';
import { safeMessage } from './safe-message.js';

const USABLE_ID = /^[\x21-\x7e]{1,200}$/;

/** Fields that are masked wherever a line has them at its top, and one below. */
const SECRET_FIELDS = [
  'authorization',
  'cookie',
  'set-cookie',
  'password',
  'passwd',
  'secret',
  'token',
  'accessToken',
  'refreshToken',
  'apiKey',
  'connectionString',
  'databaseUrl',
  'DATABASE_URL',
];

const SECRET_PATHS = [
  ...SECRET_FIELDS.flatMap((field) => [`["${field}"]`, `*["${field}"]`]),
  'req.headers.authorization',
  'req.headers.cookie',
  'res.headers["set-cookie"]',
  'headers.authorization',
  'headers.cookie',
];

/** A request as Express, Fastify and pino-http know it. */
interface KnownRequest extends IncomingMessage {
  readonly originalUrl?: string;
}

/** What `pino-http` is given. @param current what flows along here and now. */
export function pinoHttpOptions(options: ResolvedLoggingOptions, current: () => EventContextValues): Options {
  const { level, service, redact } = options;
  return {
    level,
    timestamp: stdTimeFunctions.isoTime,
    formatters: {
      level: (label) => ({ level: label }),
      bindings: ({ pid, hostname }) => ({
        ...(service !== undefined && { service }),
        pid: pid as unknown,
        hostname: hostname as unknown,
      }),
    },
    hooks: { logMethod: safeMessage },
    mixin: () => fieldsOf(current()),
    redact: { paths: [...SECRET_PATHS, ...redact], censor: '***' },
    serializers: { err: safeErrorOf, error: safeIfError, req: requestFields, res: responseFields },
    // They would hand the wrapped error, request and response, which serve standard fields only.
    wrapSerializers: false,
    ...requestLog(options),
  };
}

function requestLog({ quietPaths }: ResolvedLoggingOptions): Options {
  const isQuiet = (request: IncomingMessage): boolean =>
    quietPaths.some((path) => pathOf(request) === path || pathOf(request).startsWith(`${path}/`));
  return {
    genReqId: (request) => {
      const given = request.headers['x-request-id'];
      return typeof given === 'string' && USABLE_ID.test(given) ? given : uuidv7();
    },
    customAttributeKeys: { reqId: 'requestId', responseTime: 'durationMs' },
    quietReqLogger: true,
    customLogLevel: (request, response, error) => levelOf(request, response, error, isQuiet),
    customSuccessMessage: said,
    customErrorMessage: said,
    customSuccessObject: (_request, response, fields: object) => ({ ...fields, ...ofAnswer(response) }),
    // What was thrown is told by whoever caught it; this line tells of the request.
    customErrorObject: (_request, res, _error, { durationMs }: { durationMs?: number }) => ({
      res,
      durationMs,
      ...ofAnswer(res),
    }),
  };
}

function levelOf(
  request: IncomingMessage,
  response: ServerResponse,
  error: Error | undefined,
  isQuiet: (request: IncomingMessage) => boolean,
): LevelWithSilent {
  // A probe that says no has its own answer for a fact that is told elsewhere.
  if (isQuiet(request)) return 'silent';
  return error !== undefined || response.statusCode >= 500 ? 'error' : 'info';
}

function said(request: IncomingMessage, response: ServerResponse): string {
  const end = response.writableEnded && !request.readableAborted ? String(response.statusCode) : 'aborted';
  return `${request.method ?? ''} ${pathOf(request)} ${end}`;
}

// When an answer ends, nothing may flow along any more.
function ofAnswer(response: ServerResponse): object {
  const correlationId = response.getHeader('x-correlation-id');
  return typeof correlationId === 'string' ? { correlationId } : {};
}

// Without the query: it is the client's, and may be anything.
function pathOf(request: KnownRequest): string {
  return (request.originalUrl ?? request.url ?? '').split('?', 1)[0] ?? '';
}

function requestFields(request: KnownRequest): object {
  return { method: request.method, path: pathOf(request) };
}

function responseFields({ statusCode }: ServerResponse): object {
  return { statusCode };
}

function safeIfError(value: unknown): unknown {
  return value instanceof Error ? safeErrorOf(value) : value;
}

/** What flows along, as fields of a line. */
function fieldsOf({ correlationId, causationId, tenantId, handling }: EventContextValues): object {
  return { correlationId, causationId, tenantId, ...handling };
}
