import { Injectable, Module, type OnModuleInit, Inject } from '@nestjs/common';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  type AggregateRepository,
  ConfigurationError,
  EventSourcingModule,
  EventStore,
  getAggregateRepositoryToken,
  METRICS_REGISTRY,
  type MetricsOptions,
} from '@tidemark/event-sourcing';
import { PrometheusModule } from '@willsoto/nestjs-prometheus';
import { Counter, register, Registry } from 'prom-client';
import { Meter, type MeteredApp, meteredModule, MeterRead, startMetered } from '../support/metered-app.js';
import { scrape, scrapeUntil } from '../support/metrics-scrape.js';
import { createTcpProxy, type TcpProxy } from '../support/tcp-proxy.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

describe('metrics', () => {
  const running: MeteredApp[] = [];

  afterEach(async () => {
    await Promise.all(running.splice(0).map(({ app }) => app.close()));
    register.clear();
  });

  const start = async (...[module]: Parameters<typeof startMetered>): Promise<MeteredApp> => {
    const one = await startMetered(module);
    running.push(one);
    return one;
  };
  const inMemory = (metrics: MetricsOptions | boolean, ...imports: Parameters<typeof meteredModule>[2] & object) =>
    start(meteredModule(undefined, metrics, imports));
  const read = ({ app }: MeteredApp, stream = 'meter-1') => app.get(EventStore).append(stream, [new MeterRead(1)]);

  it('are not there unless they are asked for', async () => {
    for (const metrics of [undefined, false] as const) {
      const { url } = await inMemory(metrics as boolean);
      expect((await fetch(`${url}/metrics`)).status).toBe(404);
    }
  });

  it('of an app in memory are all there, but for those of the pool', async () => {
    const one = await inMemory(true);
    await read(one);
    const answer = await scrape(one.url);
    expect(answer.metrics()).toHaveLength(31);
    expect(answer.value('pool_waiting')).toBeUndefined();
    expect(answer.value('events_appended_total', { type: 'meter.read' })).toBe(1);
    expect(answer.value('feed_head_position')).toBe(1);
  });

  it('of two apps in one process do not mix, even where both are made of one module', async () => {
    const module = meteredModule(undefined, true);
    const [first, second] = [await start(module), await start(module)];
    await read(first);
    await read(first);
    await read(second);
    expect((await scrape(first.url)).value('events_appended_total')).toBe(2);
    expect((await scrape(second.url)).value('events_appended_total')).toBe(1);
    await running.shift()?.app.close();
    expect((await scrape(second.url)).value('events_appended_total')).toBe(1);
  });

  it('count snapshots that help and those that do not', async () => {
    const one = await inMemory(true);
    const meters = one.app.get<AggregateRepository<Meter>>(getAggregateRepositoryToken(Meter), { strict: false });
    const add = (meter: Meter): void => meter.read(1);
    await meters.create('1', add);
    await meters.update('1', add);
    await meters.update('1', add);
    await meters.flush();
    const helped = await scrape(one.url);
    expect(helped.value('snapshot_misses_total', { category: 'meter', reason: 'absent' })).toBeGreaterThanOrEqual(1);
    const before = helped.value('snapshot_hits_total', { category: 'meter' }) ?? 0;
    await meters.get('1');
    const after = await scrape(one.url);
    expect(after.value('snapshot_hits_total', { category: 'meter' })).toBe(before + 1);
  });

  describe('with options', () => {
    it('are answered at another path, or nowhere', async () => {
      const { url } = await inMemory({ path: '/internal/metrics' });
      expect((await scrape(url, '/internal/metrics')).metrics()).not.toHaveLength(0);
      expect((await fetch(`${url}/metrics`)).status).toBe(404);
      const { url: none } = await inMemory({ path: false });
      expect((await fetch(`${none}/metrics`)).status).toBe(404);
    });

    it('carry default labels, each app its own', async () => {
      const first = await inMemory({ defaultLabels: { app: 'one' } });
      const second = await inMemory({ defaultLabels: { app: 'two' } });
      expect((await scrape(first.url)).value('feed_head_position', { app: 'one' })).toBe(0);
      expect((await scrape(second.url)).value('feed_head_position', { app: 'two' })).toBe(0);
      expect((await scrape(first.url)).value('feed_head_position', { app: 'two' })).toBeUndefined();
    });

    it('leave those of the process out', async () => {
      const names = async (metrics: MetricsOptions | true): Promise<string[]> =>
        (await scrape((await inMemory(metrics)).url)).metrics(true).map(({ name }) => name);
      expect(await names(true)).toContain('nodejs_eventloop_lag_seconds');
      expect(await names({ defaultMetrics: false })).not.toContain('nodejs_eventloop_lag_seconds');
    });

    it('of the factory kind are the same', async () => {
      const factory = { useFactory: () => ({ store: 'memory' as const }), metrics: true };
      const { url } = await start({ module: class App {}, imports: [EventSourcingModule.forRootAsync(factory)] });
      expect((await scrape(url)).value('feed_head_position')).toBe(0);
    });

    it('hold what was read for as long as they say', async () => {
      const [held, fresh] = [await inMemory({ cacheMs: 600_000 }), await inMemory({ cacheMs: 1 })];
      for (const one of [held, fresh]) {
        expect((await scrape(one.url)).value('feed_head_position')).toBe(0);
        await read(one);
      }
      await scrapeUntil(fresh.url, (answer) => answer.value('feed_head_position') === 1);
      expect((await scrape(held.url)).value('feed_head_position')).toBe(0);
    });

    it('that make no sense are refused, all of them at once', () => {
      const wrong = {
        path: 'a b',
        registry: {},
        defaultLabels: { 'a-b': 'c' },
        cacheMs: 0,
        databaseTimeoutMs: 0.5,
        more: 1,
      };
      const problems = (() => {
        try {
          meteredModule(undefined, wrong as unknown as MetricsOptions);
        } catch (error) {
          return (error as ConfigurationError).problems.join('\n');
        }
        return '';
      })();
      for (const option of Object.keys(wrong)) expect(problems).toContain(option);
      const both = { registry: new Registry() as never, defaultLabels: { app: 'one' } };
      expect(() => meteredModule(undefined, both)).toThrow(ConfigurationError);
    });
  });

  describe('in a registry that is given', () => {
    it('are answered by the PrometheusModule of the app, beside its own', async () => {
      const one = await inMemory({ registry: register }, PrometheusModule.register({ path: '/own' }));
      await read(one);
      const answer = await scrape(one.url, '/own');
      expect(answer.value('events_appended_total')).toBe(1);
      const names = answer.metrics(true).map(({ name }) => name);
      expect(names.filter((name) => name === 'process_cpu_seconds_total')).toHaveLength(1);
      expect((await fetch(`${one.url}/metrics`)).status).toBe(404);
    });

    it('can be of one app at a time, and go with it', async () => {
      const registry = new Registry();
      await inMemory({ registry });
      await expect(inMemory({ registry })).rejects.toThrow(/a registry of its own/);
      expect(await registry.metrics()).toContain('tidemark_feed_head_position 0');
      await running.shift()?.app.close();
      expect(await registry.metrics()).not.toContain('tidemark');
      await inMemory({ registry });
      expect(await registry.metrics()).toContain('tidemark_feed_head_position 0');
    });
  });

  it('have room for the metrics of the app', async () => {
    @Injectable()
    class Sales implements OnModuleInit {
      constructor(@Inject(METRICS_REGISTRY) private readonly registry: Registry) {}

      onModuleInit(): void {
        new Counter({ name: 'sales_total', help: 'Sales.', registers: [this.registry] }).inc(3);
      }
    }
    @Module({ providers: [Sales] })
    class SalesModule {}
    const one = await inMemory(true, { module: SalesModule });
    expect((await scrape(one.url)).text).toContain('sales_total 3');
  });

  describe('while the database is away', () => {
    let database: TestDatabase;
    let proxy: TcpProxy;

    beforeEach(async () => {
      database = await createTestDatabase();
      proxy = await createTcpProxy(database.url);
    });

    afterEach(async () => {
      proxy.restore();
      await Promise.all(running.splice(0).map(({ app }) => app.close()));
      await proxy.close();
      await database.drop();
    });

    it('tell what the process knows, nothing that was so before, and all of it again afterwards', async () => {
      const one = await start(meteredModule(proxy.url, { cacheMs: 1 }));
      const { position } = await read(one);
      expect((await scrape(one.url)).value('feed_head_position')).toBe(Number(position));
      proxy.cut();
      const away = await scrape(one.url);
      expect(away.metrics()).toHaveLength(33);
      expect(away.value('feed_head_position')).toBeUndefined();
      expect(away.value('feed_horizon_position')).toBeUndefined();
      expect(away.value('events_appended_total')).toBe(1);
      expect(away.value('pool_waiting')).toBe(0);
      proxy.restore();
      await scrapeUntil(one.url, (answer) => answer.value('feed_head_position') === Number(position));
    });

    it('wait for it no longer than they are told, and do not pile up', async () => {
      const [patient, hasty] = [
        await start(meteredModule(proxy.url, { cacheMs: 1, databaseTimeoutMs: 2_000 })),
        await start(meteredModule(proxy.url, { cacheMs: 1, databaseTimeoutMs: 50 })),
      ];
      const timed = async ({ url }: MeteredApp): Promise<number> => {
        const startedAt = performance.now();
        expect((await scrape(url)).value('feed_head_position')).toBeUndefined();
        return performance.now() - startedAt;
      };
      proxy.freeze();
      for (const one of [patient, hasty]) expect((await scrape(one.url)).value('pool_connections')).toBeDefined();
      expect(await timed(patient)).toBeGreaterThan(1_900);
      expect(await timed(hasty)).toBeLessThan(1_900);
      expect((await scrape(hasty.url)).value('pool_connections', { state: 'busy' })).toBe(1);
      proxy.thaw();
      await scrapeUntil(hasty.url, (answer) => answer.value('feed_head_position') === 0);
    });
  });
});
