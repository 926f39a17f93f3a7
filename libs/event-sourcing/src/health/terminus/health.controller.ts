import { Controller, Get, Header, HttpException, Res, SetMetadata, type Type } from '@nestjs/common';
import { HealthCheckService } from '@nestjs/terminus';
import { Health } from '../health.js';
import { TidemarkHealthIndicators } from './health-indicators.js';

/** What Express and Fastify answer with alike. */
interface Answer {
  status(code: number): unknown;
}

/** Answers probes: `/health` in full, `/health/ready` and `/health/live` in short; 200 or 503. */
@Controller('health')
// No part of the app's own API.
@SetMetadata('swagger/apiExcludeController', [true])
export class HealthController {
  constructor(
    private readonly checks: HealthCheckService,
    private readonly indicators: TidemarkHealthIndicators,
    private readonly health: Health,
  ) {}

  @Get()
  @Header('Cache-Control', 'no-store')
  async full(@Res({ passthrough: true }) answer: Answer): Promise<unknown> {
    try {
      return await this.checks.check([() => this.indicators.tidemark()]);
    } catch (error) {
      // The body is Terminus' own, whatever filters the app has for its errors.
      if (!(error instanceof HttpException)) throw error;
      answer.status(error.getStatus());
      return error.getResponse();
    }
  }

  @Get('ready')
  @Header('Cache-Control', 'no-store')
  async ready(@Res({ passthrough: true }) answer: Answer): Promise<unknown> {
    const readiness = await this.health.readiness();
    answer.status(readiness.ready ? 200 : 503);
    return readiness;
  }

  @Get('live')
  @Header('Cache-Control', 'no-store')
  async live(@Res({ passthrough: true }) answer: Answer): Promise<unknown> {
    const liveness = await this.health.liveness();
    answer.status(liveness.alive ? 200 : 503);
    return liveness;
  }
}

/** The controller at another path. */
export function healthControllerAt(path: string): Type<HealthController> {
  @Controller(path)
  @SetMetadata('swagger/apiExcludeController', [true])
  class MountedHealthController extends HealthController {}
  return MountedHealthController;
}
