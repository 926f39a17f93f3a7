// What metrics and tracing cost: `npm run build`, then `node bench/observability-overhead.mjs --help`. Only the ratios of one run
// count; all variants take turns in each round, and what is told is the median of the rounds with their spread.
import 'reflect-metadata';
import { mkdtempSync, rmSync, chmodSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { NestFactory } from '@nestjs/core';
import { TypeOrmModule } from '@nestjs/typeorm';
import { context, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { BatchSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import { startEmbeddedPostgres } from '@tidemark/embedded-postgres';
import {
  DomainEvent,
  EventSourcingModule,
  EventStore,
  On,
  Projection,
  SubscriptionManager,
} from '@tidemark/event-sourcing';
import pg from 'pg';

const HELP = `usage: node bench/observability-overhead.mjs [--rounds 7] [--events 2000] [--in-flight 16] [--memory] [--json]
  DATABASE_URL names a server where databases can be made; an embedded one is started otherwise. --memory measures the
  in-memory store, where there is nothing else to hide behind.`;

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '7' },
    events: { type: 'string', default: '2000' },
    'in-flight': { type: 'string', default: '16' },
    memory: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});
const [rounds, events, inFlight] = [values.rounds, values.events, values['in-flight']].map(Number);

/** `off` twice: what differs between the two is the noise of the machine. */
const VARIANTS = { off: {}, 'off again': {}, metrics: { metrics: true }, tracing: { tracing: true } };

/** Sending spans is the exporter's cost, and keeping them would be the cost of a growing heap. */
const discardingExporter = {
  export: (_spans, done) => done({ code: 0 }),
  forceFlush: () => Promise.resolve(),
  shutdown: () => Promise.resolve(),
};

class Measured {
  constructor(n) {
    this.n = n;
    this.text = 'x'.repeat(380);
  }
}
DomainEvent('bench.measured')(Measured);

class Rows {
  async measured({ id, data }, context) {
    // In memory there is no transaction to write in.
    if (values.memory) return;
    await context.manager.query('insert into measured_rows (id, n) values ($1, $2)', [id, data.n]);
  }
}
// As decorators do it; Node has none.
On(Measured)(Rows.prototype, 'measured', Object.getOwnPropertyDescriptor(Rows.prototype, 'measured'));
Projection({ name: 'rows' })(Rows);

async function startApp(name, options, adminUrl) {
  const url = adminUrl && (await createDatabase(adminUrl, `tidemark_bench_${process.pid}_${name.replace(' ', '_')}`));
  const imports = [
    ...(url === undefined ? [] : [TypeOrmModule.forRoot({ type: 'postgres', url, extra: { max: inFlight } })]),
    EventSourcingModule.forRoot({
      store: url === undefined ? 'memory' : 'postgres',
      migrate: true,
      workers: false,
      ...options,
    }),
    EventSourcingModule.forFeature({ events: [Measured], projections: [Rows] }),
  ];
  const app = await NestFactory.createApplicationContext({ module: class {}, imports }, { logger: false });
  let appended = 0;
  return {
    name,
    url,
    append: () => timed(() => appendAll(app.get(EventStore), () => (appended += 1))),
    catchUp: () => timed(() => app.get(SubscriptionManager).runToHead()),
    close: () => app.close(),
  };
}

/** Events one by one, so many at a time, each to one of a hundred streams. */
async function appendAll(store, next) {
  let left = events;
  const writer = async () => {
    while (left-- > 0) {
      const n = next();
      await store.append(`measured-${n % 100}`, [new Measured(n)]);
    }
  };
  await Promise.all(Array.from({ length: inFlight }, writer));
}

async function timed(work) {
  const startedAt = performance.now();
  await work();
  return performance.now() - startedAt;
}

async function createDatabase(adminUrl, name) {
  await query(adminUrl, `create database "${name}"`);
  const url = new URL(adminUrl);
  url.pathname = `/${name}`;
  await query(url.href, 'create table measured_rows (id uuid primary key, n integer)');
  return url.href;
}

async function query(url, text) {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(text);
  } finally {
    await client.end();
  }
}

function median(numbers) {
  const sorted = [...numbers].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

async function measure(apps) {
  // The in-memory store is no measure of catching up.
  const times = values.memory ? { append: {} } : { append: {}, catchUp: {} };
  for (let round = -1; round < rounds; round++) {
    // Another order each time, so that none is always the one after a checkpoint of the server.
    const order = apps.map((_, index) => apps[(index + round + apps.length) % apps.length]);
    for (const work of Object.keys(times)) {
      for (const app of order) {
        globalThis.gc?.();
        const ms = await app[work]();
        // The first round warms up.
        if (round >= 0) (times[work][app.name] ??= []).push(ms);
      }
    }
  }
  return times;
}

function report(times) {
  const rows = Object.entries(times).flatMap(([work, byName]) =>
    Object.entries(byName).map(([name, ms]) => {
      // Each round against both of the plain ones in the same round.
      const ratios = ms.map((one, round) => one / ((byName.off[round] + byName['off again'][round]) / 2));
      const percent = (ratio) => Number(((ratio - 1) * 100).toFixed(1));
      return {
        work,
        variant: name,
        microsecondsPerEvent: Number(((median(ms) * 1_000) / events).toFixed(1)),
        overheadPercent: percent(median(ratios)),
        leastPercent: percent(Math.min(...ratios)),
        mostPercent: percent(Math.max(...ratios)),
      };
    }),
  );
  if (values.json) console.log(JSON.stringify({ rounds, events, inFlight, memory: values.memory, rows }, undefined, 2));
  else console.table(rows);
}

async function main() {
  const provider = new TracerProvider({
    spanProcessors: [new BatchSpanProcessor({ exporter: discardingExporter })],
  });
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  trace.setGlobalTracerProvider(provider);
  const folder = mkdtempSync(join(tmpdir(), 'tidemark-bench-'));
  // For the server's own user, where this runs as root.
  chmodSync(folder, 0o711);
  const needsServer = !values.memory && process.env.DATABASE_URL === undefined;
  const server = needsServer ? await startEmbeddedPostgres({ dataDir: join(folder, 'data') }) : undefined;
  const adminUrl = values.memory ? undefined : (process.env.DATABASE_URL ?? server.url);
  const apps = [];
  try {
    for (const [name, options] of Object.entries(VARIANTS)) apps.push(await startApp(name, options, adminUrl));
    report(await measure(apps));
  } finally {
    for (const { close, url } of apps) {
      await close();
      if (url) await query(adminUrl, `drop database "${new URL(url).pathname.slice(1)}" with (force)`);
    }
    await provider.shutdown();
    await server?.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

if (values.help) console.log(HELP);
else await main();
