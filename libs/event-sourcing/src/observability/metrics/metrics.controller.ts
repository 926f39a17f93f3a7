import { Controller, Get, Inject, Res, type Type } from '@nestjs/common';
import { PrometheusController } from '@willsoto/nestjs-prometheus';
import type { Registry } from 'prom-client';
import { METRICS_REGISTRY } from './metrics.tokens.js';

interface Response {
  header(name: string, value: string): unknown;
}

/** A controller that answers scrapes from the app's own registry; one class each time, for its path stands on the class. */
export function metricsController(): Type<unknown> {
  @Controller()
  class MetricsController extends PrometheusController {
    constructor(@Inject(METRICS_REGISTRY) private readonly registry: Registry) {
      super();
    }

    @Get()
    override async index(@Res({ passthrough: true }) response: Response): Promise<string> {
      response.header('Content-Type', this.registry.contentType);
      return this.registry.metrics();
    }
  }
  return MetricsController;
}
