import { Logger } from '@nestjs/common';
import { context, diag, DiagLogLevel, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { defaultResource, resourceFromAttributes } from '@opentelemetry/resources';
import { BatchSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';

/** The OpenTelemetry SDK while it runs. */
export interface RunningTracing {
  /** Sends what is left, and then makes no more spans; a collector that does not answer holds nobody up for long. */
  shutdown(): Promise<void>;
}

const LONGEST_EXPORT_MS = 5_000;

/**
 * Has the spans of this process sent by OTLP over HTTP.
 * @param endpoint of the collector, such as `http://localhost:4318`; the exporter's own default where it is `undefined`.
 */
export function startTracing(serviceName: string, endpoint?: string): RunningTracing {
  tellProblems();
  const url = endpoint === undefined ? undefined : new URL('v1/traces', endpoint.replace(/\/*$/, '/')).href;
  const exporter = new OTLPTraceExporter({ url, timeoutMillis: LONGEST_EXPORT_MS });
  const provider = new TracerProvider({
    resource: defaultResource().merge(resourceFromAttributes({ 'service.name': serviceName })),
    spanProcessors: [new BatchSpanProcessor({ exporter, exportTimeoutMillis: LONGEST_EXPORT_MS })],
  });
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  trace.setGlobalTracerProvider(provider);
  return {
    shutdown: async () => {
      try {
        await provider.shutdown();
      } finally {
        trace.disable();
        context.disable();
        diag.disable();
      }
    },
  };
}

/** A collector that cannot be reached is to be read in the log. */
function tellProblems(): void {
  const logger = new Logger('OpenTelemetry');
  const nothing = (): void => undefined;
  const warn = (text: string): void => logger.warn(text);
  diag.setLogger({ error: warn, warn, info: nothing, debug: nothing, verbose: nothing }, DiagLogLevel.WARN);
}
