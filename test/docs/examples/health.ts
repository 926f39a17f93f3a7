import { Controller, type DynamicModule, Get, Module } from '@nestjs/common';
import { HealthCheck, HealthCheckService, TerminusModule } from '@nestjs/terminus';
import { EventSourcingModule } from '@tidemark/event-sourcing';
import { TidemarkHealthIndicators, TidemarkHealthModule } from '@tidemark/event-sourcing/health';

/** Tidemark with its own routes for probes. */
export function probed(): DynamicModule {
  return EventSourcingModule.forRoot({
    healthController: true, // or a path; needs the package @nestjs/terminus
    health: { maxLagEventsCritical: 50_000 },
  });
}

@Controller('status')
class StatusController {
  constructor(
    private readonly checks: HealthCheckService,
    private readonly tidemark: TidemarkHealthIndicators,
  ) {}

  @Get()
  @HealthCheck()
  check() {
    return this.checks.check([() => this.tidemark.database(), () => this.tidemark.subscriptions()]);
  }
}

/** A controller of one's own. */
@Module({ imports: [TerminusModule, TidemarkHealthModule], controllers: [StatusController] })
export class StatusModule {}
