import { hostname } from 'node:os';
import { type INestApplicationContext, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { TypeOrmModule } from '@nestjs/typeorm';
import { assignmentFromEnvironment, EventSourcingModule } from '@tidemark/event-sourcing';

/** A process that runs its share of the subscriptions and serves nothing. */
export async function startWorker(url: string): Promise<INestApplicationContext> {
  @Module({
    imports: [
      TypeOrmModule.forRoot({ type: 'postgres', url }),
      EventSourcingModule.forRoot({
        subscriptions: { assignment: assignmentFromEnvironment(process.env, hostname()) },
      }),
    ],
  })
  class WorkerModule {}

  const app = await NestFactory.createApplicationContext(WorkerModule);
  app.enableShutdownHooks();
  return app;
}
