import type { INestApplication } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { Logging } from '@tidemark/event-sourcing/logging';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ABOUT } from './about.js';
import { AppModule } from './app.module.js';
import type { AppConfig } from './config/app.config.js';
import { Database } from './database/database.js';
import { serveOpenApi } from './http/openapi.js';
import { startTracing } from './tracing/tracing.js';

/** The app while it runs. */
export interface RunningApp {
  readonly app: INestApplication;
  /** Where it answers, for example `http://localhost:3000`. */
  readonly url: string;
  /** `undefined` where everything is in memory. */
  readonly database: Database | undefined;
  readonly logging: Logging;
  /** Ends the app first and what it stands on last. @param signal that asked for it */
  close(signal?: NodeJS.Signals): Promise<void>;
}

/** Nest's app; that `close` hands a signal on to the hooks is missing from its public type. */
type ClosableApp = INestApplication & { close(signal?: string): Promise<void> };

/** Starts the app with all that it stands on. Where the start fails, whatever had been started is stopped again. */
export async function startApp(config: AppConfig): Promise<RunningApp> {
  const { serviceName = ABOUT.name, logLevel: level } = config;
  const logging = new Logging({ level, service: serviceName });
  const tracing = config.tracing?.enabled ? startTracing(serviceName, config.tracing.endpoint) : undefined;
  const database = await Database.open(config);
  let app: ClosableApp | undefined;
  const close = async (signal?: NodeJS.Signals): Promise<void> => {
    try {
      await app?.close(signal);
    } finally {
      await database?.close();
      // The spans of the drain are the last ones.
      await tracing?.shutdown();
    }
  };
  try {
    app = await createApp(config, database, logging);
    await listen(app, config.port);
    return { app, url: urlOf(app), database, logging, close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function createApp(
  config: AppConfig,
  database: Database | undefined,
  logging: Logging,
): Promise<INestApplication> {
  const app = await NestFactory.create<NestExpressApplication>(AppModule.register(config, database, logging), {
    abortOnError: false,
    logger: logging.logger,
  });
  app.disable('x-powered-by');
  // An ETag of this API is the version of an order, never the hash of a body.
  app.disable('etag');
  serveOpenApi(app);
  return app;
}

async function listen(app: INestApplication, port: number): Promise<void> {
  try {
    await app.listen(port);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw cause;
    throw new Error(`Port ${port} is taken by another program. Set PORT to a free one.`, { cause });
  }
}

function urlOf(app: INestApplication): string {
  const { port } = (app.getHttpServer() as Server).address() as AddressInfo;
  return `http://localhost:${port}`;
}
