import { type DynamicModule, Global, Module } from '@nestjs/common';
import { PostgresDatabase } from '../database/index.js';
import { DeadLetterQueue } from '../dead-letter-queue/index.js';
import { EventStorage } from '../event-store/index.js';
import { ShutdownDrain } from '../lifecycle/index.js';
import { SubscriptionManager, SubscriptionRegistry } from '../subscriptions/index.js';
import { Health } from './health.js';
import { HEALTH_DEFAULTS, HEALTH_OPTIONS, type HealthOptions } from './health.options.js';

/** Says how the app stands, in code and, where it is mounted, over HTTP. */
@Global()
@Module({})
export class HealthModule {
  /**
   * @param options module that exports {@link HEALTH_OPTIONS}.
   * @param path where the controller answers; `undefined` mounts none, and needs no Terminus.
   */
  static register(options: DynamicModule, path: string | undefined): DynamicModule {
    return {
      module: HealthModule,
      imports: [options, ...(path === undefined ? [] : [controllerAt(path)])],
      providers: [
        {
          provide: Health,
          inject: [
            PostgresDatabase,
            EventStorage,
            SubscriptionManager,
            SubscriptionRegistry,
            DeadLetterQueue,
            HEALTH_OPTIONS,
            ShutdownDrain,
          ],
          useFactory: createHealth,
        },
      ],
      exports: [Health],
    };
  }
}

// Only who mounts it needs the package.
async function controllerAt(path: string): Promise<DynamicModule> {
  const { TidemarkHealthModule } = await import('./terminus/index.js');
  return TidemarkHealthModule.at(path);
}

function createHealth(
  database: PostgresDatabase | null,
  storage: EventStorage,
  manager: SubscriptionManager,
  registry: SubscriptionRegistry,
  deadLetters: DeadLetterQueue,
  given: HealthOptions,
  drain: ShutdownDrain,
): Health {
  const options = { ...HEALTH_DEFAULTS, ...given };
  return new Health({ database, storage, manager, registry, deadLetters, options }, drain);
}
