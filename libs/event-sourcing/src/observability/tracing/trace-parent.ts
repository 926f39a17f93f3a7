import { isSpanContextValid, type SpanContext } from '@opentelemetry/api';

const TRACE_PARENT = /^[\da-f]{2}-([\da-f]{32})-([\da-f]{16})-([\da-f]{2})(?:$|-)/;

/** A span's context as W3C writes it; `undefined` of one that is not valid, as where no SDK is there. */
export function traceParentOf(span: SpanContext): string | undefined {
  if (!isSpanContextValid(span)) return undefined;
  return `00-${span.traceId}-${span.spanId}-${(span.traceFlags & 0xff).toString(16).padStart(2, '0')}`;
}

/** The context of a span in another process, or an earlier one; `undefined` where the text is no trace parent. */
export function spanContextOf(traceParent: string): SpanContext | undefined {
  const [, traceId = '', spanId = '', flags = ''] = TRACE_PARENT.exec(traceParent) ?? [];
  const span = { traceId, spanId, traceFlags: parseInt(flags, 16), isRemote: true };
  return isSpanContextValid(span) ? span : undefined;
}
