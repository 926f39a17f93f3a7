import { AsyncLocalStorage } from 'node:async_hooks';
import { randomBytes } from 'node:crypto';
import {
  type Attributes,
  type Context,
  context,
  type ContextManager,
  type Link,
  ROOT_CONTEXT,
  type Span,
  type SpanContext,
  type SpanOptions,
  type SpanStatus,
  SpanStatusCode,
  trace,
  type Tracer,
} from '@opentelemetry/api';

/** A span as it was recorded. */
export interface RecordedSpan {
  readonly name: string;
  readonly kind: SpanOptions['kind'];
  readonly attributes: Attributes;
  readonly links: readonly Link[];
  readonly context: SpanContext;
  readonly parentId: string | undefined;
  status: SpanStatus;
  ends: number;
  readonly exceptions: unknown[];
}

/** As an SDK would stand behind OpenTelemetry's API: keeps all spans in memory, and the active one along asynchronous calls. */
export class RecordingTracer implements Tracer {
  readonly spans: RecordedSpan[] = [];
  private readonly contexts = new AsyncContexts();

  register(): void {
    context.setGlobalContextManager(this.contexts);
    trace.setGlobalTracerProvider({ getTracer: () => this });
  }

  unregister(): void {
    trace.disable();
    context.disable();
  }

  /** The spans with this name, `append` for `tidemark append`. */
  named(name: string): readonly RecordedSpan[] {
    return this.spans.filter((span) => span.name === `tidemark ${name}`);
  }

  /** Does work in a span of the test's own. */
  async inSpan<T>(name: string, work: () => Promise<T>): Promise<T> {
    const span = this.startSpan(name);
    return this.contexts.with(trace.setSpan(this.contexts.active(), span), async () => {
      const result = await work();
      span.end();
      return result;
    });
  }

  startSpan(
    name: string,
    { kind, attributes = {}, links = [] }: SpanOptions = {},
    from = this.contexts.active(),
  ): Span {
    const parent = trace.getSpanContext(from);
    const traceId = parent?.traceId ?? randomBytes(16).toString('hex');
    const recorded: RecordedSpan = {
      name,
      kind,
      attributes: { ...attributes },
      links,
      context: { traceId, spanId: randomBytes(8).toString('hex'), traceFlags: 1 },
      parentId: parent?.spanId,
      status: { code: SpanStatusCode.UNSET },
      ends: 0,
      exceptions: [],
    };
    this.spans.push(recorded);
    return spanOf(recorded);
  }

  startActiveSpan(): never {
    throw new Error('nobody needs it yet');
  }
}

/** Keeps the active context along asynchronous calls. */
class AsyncContexts implements ContextManager {
  private readonly storage = new AsyncLocalStorage<Context>();

  active(): Context {
    return this.storage.getStore() ?? ROOT_CONTEXT;
  }

  with<A extends unknown[], F extends (...args: A) => ReturnType<F>>(
    within: Context,
    work: F,
    self?: ThisParameterType<F>,
    ...args: A
  ): ReturnType<F> {
    return this.storage.run(within, () => work.call(self, ...args));
  }

  bind<T>(_context: Context, target: T): T {
    return target;
  }

  enable(): this {
    return this;
  }

  disable(): this {
    this.storage.disable();
    return this;
  }
}

function spanOf(recorded: RecordedSpan): Span {
  const span: Span = {
    spanContext: () => recorded.context,
    setAttribute: (key, value) => span.setAttributes({ [key]: value }),
    setAttributes: (attributes) => {
      Object.assign(recorded.attributes, attributes);
      return span;
    },
    addEvent: () => span,
    addLink: () => span,
    addLinks: () => span,
    setStatus: (status) => {
      recorded.status = status;
      return span;
    },
    updateName: () => span,
    end: () => void (recorded.ends += 1),
    isRecording: () => recorded.ends === 0,
    recordException: (exception) => void recorded.exceptions.push(exception),
  };
  return span;
}
