import { type CallHandler, type ExecutionContext, Injectable, type NestInterceptor } from '@nestjs/common';
import { SubscriptionManager } from '@tidemark/event-sourcing';
import type { IncomingMessage } from 'node:http';
import type { Observable } from 'rxjs';
import { AppConfig } from '../../config/app.config.js';
import { ORDER_SUMMARY } from '../read-model/order-summary.projection.js';
import { parsePosition, POSITION_HEADER } from './position-header.js';

/** Lets a read that names the position of a write wait until the read model knows of it, for a bounded time. */
@Injectable()
export class ReadYourWritesInterceptor implements NestInterceptor {
  constructor(
    private readonly subscriptions: SubscriptionManager,
    private readonly config: AppConfig,
  ) {}

  async intercept(context: ExecutionContext, next: CallHandler): Promise<Observable<unknown>> {
    const header = context.switchToHttp().getRequest<IncomingMessage>().headers[POSITION_HEADER];
    if (typeof header === 'string') {
      const timeoutMs = this.config.readModelTimeoutMs;
      await this.subscriptions.waitFor(parsePosition(header), { subscription: ORDER_SUMMARY, timeoutMs });
    }
    return next.handle();
  }
}
