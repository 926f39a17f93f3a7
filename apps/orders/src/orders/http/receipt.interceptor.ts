import { type CallHandler, type ExecutionContext, Injectable, type NestInterceptor } from '@nestjs/common';
import type { ServerResponse } from 'node:http';
import { map, type Observable } from 'rxjs';
import type { OrderReceipt } from '../commands/order-receipt.js';
import { etagOf } from './etag.js';
import type { ReceiptView } from './order.schemas.js';
import { POSITION_HEADER } from './position-header.js';

/** Answers a command with the id and version of the order, and in headers with its ETag and its position. */
@Injectable()
export class ReceiptInterceptor implements NestInterceptor<OrderReceipt, ReceiptView> {
  intercept(context: ExecutionContext, next: CallHandler<OrderReceipt>): Observable<ReceiptView> {
    const response = context.switchToHttp().getResponse<ServerResponse>();
    return next.handle().pipe(
      map(({ id, version, position }) => {
        response.setHeader('ETag', etagOf(version));
        if (position !== undefined) response.setHeader(POSITION_HEADER, String(position));
        return { id, version };
      }),
    );
  }
}
