import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { OrdersClient } from '../support/orders-client.js';
import { OrdersLoad } from '../support/orders-load.js';
import { eventually } from '../support/eventually.js';
import { logLinesOf } from '../support/log-lines.js';
import { type OrdersProcess, spawnOrders, until } from '../support/orders-process.js';
import { RestartableServer } from '../support/restartable-server.js';

interface Probe {
  readonly status: number;
  readonly body: { readonly reason?: string; readonly ready?: boolean; readonly alive?: boolean };
}

/** The built app as a process, over a server that comes and goes. */
describe('the health of the orders app', () => {
  let server: RestartableServer;
  let app: OrdersProcess;
  let url: string;

  beforeEach(async () => {
    server = new RestartableServer();
    app = spawnOrders({ DATABASE_URL: await server.up(), LOG_LEVEL: 'log' });
    url = await app.url;
  });
  afterEach(async () => {
    app.signal('SIGKILL');
    await app.exited;
    await server.remove();
  });

  const probe = async (which: 'ready' | 'live'): Promise<Probe> => {
    const response = await fetch(`${url}/health/${which}`);
    return { status: response.status, body: (await response.json()) as Probe['body'] };
  };

  it('stays alive while the database is away, is not ready and says why, and comes back', async () => {
    await eventually(
      () => probe('ready'),
      ({ status }) => status === 200,
    );
    let isBack = false;
    const outage = server.outage('fast', 4_000).then(() => {
      isBack = true;
    });
    const away = await eventually(
      () => probe('ready'),
      ({ status }) => status === 503,
    );
    expect(away.body.reason).toMatch(/^the database does not answer: /);
    let probes = 0;
    await eventually(
      async () => {
        expect(await probe('live')).toMatchObject({ status: 200, body: { alive: true } });
        probes += 1;
        return isBack;
      },
      Boolean,
      30_000,
    );
    expect(probes).toBeGreaterThan(10);
    await outage;
    await eventually(
      () => probe('ready'),
      ({ status }) => status === 200,
      30_000,
    );
    expect((await new OrdersClient(url).place()).status).toBe(201);
  }, 240_000);

  it('drops no request on SIGTERM, drains, and tells of it in one line', async () => {
    const load = new OrdersLoad(url, 8);
    await until('100 writes are answered', () => load.answered >= 100);
    app.signal('SIGTERM');
    expect(await app.exited).toBe(0);
    await load.ended;
    expect(load.refusals).toEqual([]);
    const lines = logLinesOf(app.output());
    const ended = lines.filter(({ fact }) => fact === 'shutdown.completed');
    expect(ended).toMatchObject([{ reason: 'SIGTERM', phase: 'stopped', eventsNotDrained: 0 }]);
    expect(ended[0]?.msg).toMatch(/stopped after \d+\.\d+ s: \d+ events were in flight, \d+ drained, 0 rolled back/);
    expect(lines.filter(({ fact }) => fact === 'partition.released')).toHaveLength(1);
  }, 240_000);
});
