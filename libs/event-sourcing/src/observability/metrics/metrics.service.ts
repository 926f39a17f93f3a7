import { Inject, Injectable, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import type { Registry } from 'prom-client';
import { Instrumentation } from '../../core/index.js';
import { PostgresDatabase } from '../../database/index.js';
import { DeadLetterStore } from '../../dead-letter-queue/index.js';
import { EventStorage } from '../../event-store/index.js';
import { FactLog } from '../../logging/index.js';
import { SubscriptionLags, SubscriptionManager } from '../../subscriptions/index.js';
import { METRICS_LEFT_OUT } from '../observability.facts.js';
import { CachedDatabaseFacts } from './database-facts.js';
import { MetricSet } from './metric-set.js';
import type { ResolvedMetricsOptions } from './metrics.options.js';
import { METRICS_OPTIONS, METRICS_REGISTRY } from './metrics.tokens.js';
import { shutdownMetrics } from './shutdown-metrics.js';
import { databaseGauges, localGauges, poolGauges } from './standing-gauges.js';
import { aggregateMetrics, storeMetrics } from './store-metrics.js';
import { subscriptionMetrics } from './subscription-metrics.js';

/** Registers the app's metrics when it starts, keeps them, and takes them back when it has ended. */
@Injectable()
export class MetricsService implements OnModuleInit, OnApplicationShutdown {
  private readonly metrics: MetricSet;
  private readonly facts: CachedDatabaseFacts;
  private unsubscribes: readonly (() => void)[] = [];

  constructor(
    @Inject(METRICS_REGISTRY) registry: Registry,
    @Inject(METRICS_OPTIONS) options: ResolvedMetricsOptions,
    @Inject(PostgresDatabase) private readonly database: PostgresDatabase | null,
    @Inject(EventStorage) storage: EventStorage,
    @Inject(DeadLetterStore) deadLetters: DeadLetterStore,
    @Inject(SubscriptionLags) lags: SubscriptionLags,
    @Inject(SubscriptionManager) private readonly subscriptions: SubscriptionManager,
    @Inject(Instrumentation) private readonly instrumentation: Instrumentation,
  ) {
    const { cacheMs, databaseTimeoutMs } = options;
    const log = new FactLog();
    const onUnknown = (error: unknown): void => log.write(METRICS_LEFT_OUT, { error });
    this.metrics = new MetricSet(registry);
    this.facts = new CachedDatabaseFacts({ storage, lags, deadLetters, cacheMs, databaseTimeoutMs, onUnknown });
  }

  onModuleInit(): void {
    const { metrics, instrumentation } = this;
    this.unsubscribes = [
      ...storeMetrics(metrics, instrumentation),
      ...aggregateMetrics(metrics, instrumentation),
      ...subscriptionMetrics(metrics, instrumentation),
      ...shutdownMetrics(metrics, instrumentation),
    ];
    localGauges(metrics, this.subscriptions.here);
    databaseGauges(metrics, this.facts);
    if (this.database !== null) poolGauges(metrics, this.database);
  }

  /** Subscriptions give their partitions back before this, and that counts. */
  async onApplicationShutdown(): Promise<void> {
    for (const unsubscribe of this.unsubscribes) unsubscribe();
    this.metrics.remove();
    await this.facts.settle();
  }
}
