import { type DynamicModule, Global, type MiddlewareConsumer, Module, type NestModule } from '@nestjs/common';
import { PartingMiddleware } from './parting.middleware.js';
import { ShutdownDrain } from './shutdown-drain.js';

/** Ends the app in good order, and has its HTTP clients part. */
@Global()
@Module({})
export class LifecycleModule implements NestModule {
  /** @param options module that exports {@link SHUTDOWN_OPTIONS}. */
  static register(options: DynamicModule): DynamicModule {
    return { module: LifecycleModule, imports: [options], providers: [ShutdownDrain], exports: [ShutdownDrain] };
  }

  configure(consumer: MiddlewareConsumer): void {
    consumer.apply(PartingMiddleware).forRoutes('{*path}');
  }
}
