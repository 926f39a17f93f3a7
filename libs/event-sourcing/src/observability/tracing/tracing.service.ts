import { Inject, Injectable, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import {
  context,
  createContextKey,
  type Link,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  trace,
} from '@opentelemetry/api';
import { type FollowedOperation, Instrumentation, type Operation } from '../../core/index.js';
import { PostgresDatabase } from '../../database/index.js';
import { safeErrorOf } from '../../logging/index.js';
import { attributesOf } from './operation-attributes.js';
import { spanContextOf, traceParentOf } from './trace-parent.js';

/** Marks what a subscription does, so that what it does inside of that belongs to the same trace. */
const IN_SUBSCRIPTION = createContextKey('tidemark.in-subscription');

const KINDS: Readonly<Record<Operation['name'], SpanKind>> = {
  append: SpanKind.PRODUCER,
  read: SpanKind.CLIENT,
  load: SpanKind.INTERNAL,
  save: SpanKind.INTERNAL,
  handle: SpanKind.CONSUMER,
  redrive: SpanKind.INTERNAL,
};

/** Makes a span of every operation, by the OpenTelemetry API alone: without an SDK in the app all of them are empty. */
@Injectable()
export class TracingService implements OnModuleInit, OnApplicationShutdown {
  // The API hands on to whatever provider is registered, also afterwards.
  private readonly tracer = trace.getTracer('@tidemark/event-sourcing');
  private unfollow = (): void => undefined;

  constructor(
    @Inject(Instrumentation) private readonly instrumentation: Instrumentation,
    @Inject(PostgresDatabase) private readonly database: PostgresDatabase | null,
  ) {}

  onModuleInit(): void {
    this.unfollow = this.instrumentation.follow((operation, work) => this.traced(operation, work));
  }

  onApplicationShutdown(): void {
    this.unfollow();
  }

  private async traced<T>(operation: Operation, work: (followed: FollowedOperation) => Promise<T>): Promise<T> {
    const { parent, span } = this.begin(operation);
    const followed: FollowedOperation = {
      // Only what is appended carries it along.
      traceParent: operation.name === 'append' ? traceParentOf(span.spanContext()) : undefined,
      note: (more) => void (span.isRecording() && span.setAttributes(attributesOf(more, false))),
    };
    try {
      return await context.with(trace.setSpan(parent, span), work, undefined, followed);
    } catch (error) {
      fail(span, error);
      throw error;
    } finally {
      span.end();
    }
  }

  private begin(operation: Operation) {
    const active = context.active();
    const isOfSubscription = operation.name === 'handle' || operation.name === 'redrive';
    // A loop was started in some context or other; what it handles has nothing to do with that.
    const isRoot = isOfSubscription && active.getValue(IN_SUBSCRIPTION) === undefined;
    const parent = isRoot ? ROOT_CONTEXT.setValue(IN_SUBSCRIPTION, true) : active;
    const options = {
      kind: KINDS[operation.name],
      attributes: attributesOf(operation, this.database !== null),
      links: linksOf(operation),
    };
    return { parent, span: this.tracer.startSpan(`tidemark ${operation.name}`, options, parent) };
  }
}

function linksOf({ traceParents = [] }: Operation): Link[] {
  return traceParents.flatMap((traceParent) => {
    const linked = spanContextOf(traceParent);
    return linked === undefined ? [] : [{ context: linked }];
  });
}

function fail(span: Span, error: unknown): void {
  // Neither rows nor credentials, as in the log.
  const { type: name, message, code, stack } = safeErrorOf(error);
  span.recordException({ name, message, code, stack });
  span.setStatus({ code: SpanStatusCode.ERROR, message });
}
