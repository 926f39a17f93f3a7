import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { isDatabaseUnreachable } from '@tidemark/event-sourcing';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, Socket } from 'node:net';
import pg from 'pg';
import { DataSource } from 'typeorm';

const ADDRESSES = [
  { address: '::1', family: 6 },
  { address: '127.0.0.1', family: 4 },
];

/** A socket for a host that has several addresses, whatever this machine's own names have. */
class SocketToAll extends Socket {
  override connect(...[port, host]: readonly unknown[]): this {
    return super.connect({
      port: Number(port),
      host: String(host),
      autoSelectFamily: true,
      lookup: (_host, _options, found) => found(null, ADDRESSES),
    });
  }
}

/** What `pg` and TypeORM really throw where no server answers; what they throw in mid-connection is in database.spec. */
describe('a database that cannot be reached', () => {
  let silent: Server;
  let silentPort: number;

  beforeAll(async () => {
    silent = createServer((socket) => socket.resume()).listen(0, '127.0.0.1');
    await once(silent, 'listening');
    silentPort = (silent.address() as AddressInfo).port;
  });

  afterAll(() => new Promise((closed) => silent.close(closed)));

  const failureOf = async (settings: pg.ClientConfig): Promise<unknown> => {
    const client = new pg.Client({ host: '127.0.0.1', port: 1, user: 'ada', ...settings });
    client.on('error', () => undefined);
    return client.connect().catch((error: unknown) => error);
  };

  it('refuses at every address of its host', async () => {
    const error = await failureOf({ host: 'two.invalid', stream: () => new SocketToAll() });
    expect(error).toMatchObject({ name: 'AggregateError', errors: [{ syscall: 'connect' }, { syscall: 'connect' }] });
    expect(isDatabaseUnreachable(error)).toBe(true);
  });

  it('has taken its socket file along', async () => {
    const error = await failureOf({ host: '/nowhere' });
    expect(error).toMatchObject({ code: 'ENOENT' });
    expect(isDatabaseUnreachable(error)).toBe(true);
  });

  it('takes the connection and says nothing', async () => {
    const error = await failureOf({ port: silentPort, connectionTimeoutMillis: 100 });
    expect([String(error), isDatabaseUnreachable(error)]).toEqual(['Error: timeout expired', true]);
  });

  it('is so for TypeORM as well', async () => {
    const address = { type: 'postgres', host: '127.0.0.1', username: 'ada' } as const;
    for (const more of [{ port: 1 }, { port: silentPort, connectTimeoutMS: 100 }]) {
      const error: unknown = await new DataSource({ ...address, ...more })
        .initialize()
        .catch((failure: unknown) => failure);
      expect([String(error), isDatabaseUnreachable(error)]).toEqual([expect.stringContaining('onnect'), true]);
    }
  });
});
