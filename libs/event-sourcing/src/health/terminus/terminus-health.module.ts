import { type DynamicModule, Module } from '@nestjs/common';
import { TerminusModule } from '@nestjs/terminus';
import { healthControllerAt } from './health.controller.js';
import { TidemarkHealthIndicators } from './health-indicators.js';

/** The indicators, for a controller of the app's own; and with {@link at} the controller that comes along. */
@Module({
  imports: [TerminusModule.forRoot({ logger: false })],
  providers: [TidemarkHealthIndicators],
  exports: [TidemarkHealthIndicators, TerminusModule],
})
export class TidemarkHealthModule {
  static at(path: string): DynamicModule {
    return { module: TidemarkHealthModule, controllers: [healthControllerAt(path)] };
  }
}
