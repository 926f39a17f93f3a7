import { type DynamicModule, type LoggerService, Module } from '@nestjs/common';
import { Logger, LoggerModule, type Params, PinoLogger } from 'nestjs-pino';
import { EventContext } from '../../core/index.js';
import { destinationOf } from './destination.js';
import { type LoggingOptions, resolveLoggingOptions } from './logging.options.js';
import { pinoHttpOptions } from './pino-http-options.js';

/** Lets the lines of the app carry what flows along in it. */
@Module({})
class LoggingContextModule {}

/**
 * The log of an app by pino and nestjs-pino, there before the app is, so that the first line has the form of the last.
 * `logger` goes to `NestFactory.create`, `module` into the imports.
 */
export class Logging {
  /** Nest's logger. */
  readonly logger: LoggerService;
  /** Logs requests, and gives each line of the app what flows along: correlation, causation, tenant, what is handled. */
  readonly module: DynamicModule;
  private context: Pick<EventContext, 'current'> | undefined;

  /** Throws `ConfigurationError` with all that is wrong. nestjs-pino keeps one log per process: its first one. */
  constructor(given: LoggingOptions = {}) {
    const options = resolveLoggingOptions(given);
    const params: Params = {
      pinoHttp: [pinoHttpOptions(options, () => this.context?.current() ?? {}), destinationOf(options)],
    };
    this.logger = new Logger(new PinoLogger(params), params);
    this.module = {
      module: LoggingContextModule,
      imports: [LoggerModule.forRoot(params)],
      providers: [
        {
          provide: Symbol('tidemark.logging-context'),
          inject: [EventContext],
          useFactory: (context: EventContext) => {
            this.context = context;
            return context;
          },
        },
      ],
      exports: [LoggerModule],
    };
  }
}
