import { type INestApplication, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { EventSourcingModule } from '@tidemark/event-sourcing';
import { Logging } from '@tidemark/event-sourcing/logging';

export async function startLogged(): Promise<INestApplication> {
  const logging = new Logging({ level: 'info', service: 'orders' });

  @Module({ imports: [logging.module, EventSourcingModule.forRoot({ store: 'memory' })] })
  class AppModule {}

  const app = await NestFactory.create(AppModule, { logger: logging.logger });
  return app;
}
