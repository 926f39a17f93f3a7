import type { IncomingMessage, ServerResponse } from 'node:http';
import { Injectable, type NestMiddleware } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import { EventContext } from '../core/index.js';

/** Header that names what a request belongs to; taken from the request, or made, and sent back. */
export const CORRELATION_ID_HEADER = 'x-correlation-id';

/** Header that names the request itself; the cause of the events that it brings about. */
export const REQUEST_ID_HEADER = 'x-request-id';

const USABLE_ID = /^[\x21-\x7e]{1,200}$/;
const TRACE_PARENT = /^[\da-f]{2}-[\da-f]{32}-[\da-f]{16}-[\da-f]{2}$/;

/** Opens an {@link EventContext} for each HTTP request, from its headers, on Express and Fastify alike. */
@Injectable()
export class CorrelationMiddleware implements NestMiddleware<IncomingMessage, ServerResponse> {
  constructor(private readonly context: EventContext) {}

  use(request: IncomingMessage, response: ServerResponse, next: () => void): void {
    const requestId = headerOf(request, REQUEST_ID_HEADER, USABLE_ID) ?? idOf(request) ?? uuidv7();
    const correlationId = headerOf(request, CORRELATION_ID_HEADER, USABLE_ID) ?? requestId;
    const traceParent = headerOf(request, 'traceparent', TRACE_PARENT);
    response.setHeader(CORRELATION_ID_HEADER, correlationId);
    this.context.run({ correlationId, causationId: requestId, ...(traceParent && { traceParent }) }, next);
  }
}

// A logger of requests may have come first, and given it one.
function idOf({ id }: IncomingMessage & { readonly id?: unknown }): string | undefined {
  return typeof id === 'string' && USABLE_ID.test(id) ? id : undefined;
}

// What a stranger sends goes into metadata and logs, so only plain, short values are taken over.
function headerOf(request: IncomingMessage, name: string, usable: RegExp): string | undefined {
  const value = request.headers[name];
  return typeof value === 'string' && usable.test(value) ? value : undefined;
}
