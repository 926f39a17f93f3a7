import type { IncomingMessage, ServerResponse } from 'node:http';
import { Injectable, type NestMiddleware } from '@nestjs/common';
import { ShutdownDrain } from './shutdown-drain.js';

/**
 * While the app ends, every request is still answered and every connection is closed after its answer. Otherwise a busy client
 * would keep its connection, and with it the whole process, alive for as long as it likes.
 */
@Injectable()
export class PartingMiddleware implements NestMiddleware<IncomingMessage, ServerResponse> {
  constructor(private readonly drain: ShutdownDrain) {}

  use(_request: IncomingMessage, response: ServerResponse, next: () => void): void {
    if (this.drain.phase !== 'running') response.setHeader('Connection', 'close');
    next();
  }
}
