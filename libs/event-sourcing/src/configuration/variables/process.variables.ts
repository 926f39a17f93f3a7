import type { EnvironmentVariables } from './environment-variable.js';
import { flag, httpUrl, text, wholeNumber } from './fields.js';
import { logLevel } from './log-level.js';

/** What a process is called, where it listens and what it tells. */
export const PROCESS_VARIABLES = {
  PORT: {
    field: wholeNumber(0, 65_535),
    default: '3000',
    type: 'number, to 65535',
    example: '3000',
    meaning: 'Port to listen on; `0` takes a free one.',
  },
  SERVICE_NAME: {
    field: text,
    default: 'tidemark',
    type: 'text',
    example: 'billing',
    meaning: 'Name of the app in traces and logs, and as `application_name` in `pg_stat_activity`.',
  },
  LOG_LEVEL: {
    field: logLevel,
    default: 'info',
    type: '`fatal`, `error`, `warn`, `info`, `debug` or `trace`',
    example: 'info',
    meaning: "Least severe level that is logged. Nest's `log` and `verbose` are `info` and `trace`.",
  },
  ENABLE_TRACING: {
    field: flag,
    default: 'false',
    type: '`true` or `false`',
    example: 'true',
    meaning: 'Whether the process makes OpenTelemetry spans and sends them.',
  },
  OTEL_EXPORTER_OTLP_ENDPOINT: {
    field: httpUrl,
    type: 'URL',
    otherwise: "the exporter's own, `http://localhost:4318`",
    example: 'http://localhost:4318',
    meaning: 'Where spans are sent, in the protocol OTLP; no credentials in it.',
  },
} as const satisfies EnvironmentVariables;
