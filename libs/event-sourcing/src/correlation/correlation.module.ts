import { type MiddlewareConsumer, Module, type NestModule } from '@nestjs/common';
import { CorrelationMiddleware } from './correlation.middleware.js';

/** Lets correlation and causation ids flow from HTTP requests into the metadata of events, on their own. */
@Module({})
export class CorrelationModule implements NestModule {
  configure(consumer: MiddlewareConsumer): void {
    consumer.apply(CorrelationMiddleware).forRoutes('{*path}');
  }
}
