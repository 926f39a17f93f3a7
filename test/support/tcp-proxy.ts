import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** A way to the database that can be cut or clogged. */
export interface TcpProxy {
  /** The database's URL through this proxy. */
  readonly url: string;
  /** What was sent to the database so far, as text. */
  readonly sent: string;
  /** Connections that were broken off as soon as they were made. */
  readonly refused: number;
  /** Breaks all connections and every new one, until {@link restore}. */
  cut(): void;
  restore(): void;
  /** Passes nothing on any more over the connections that there are, and leaves them open; new ones work. */
  freeze(): void;
  /** Passes on what has piled up, and what comes. */
  thaw(): void;
  close(): Promise<void>;
}

/** Listens on a free port of this machine. */
export async function createTcpProxy(databaseUrl: string): Promise<TcpProxy> {
  const target = new URL(databaseUrl);
  const sockets = new Set<Socket>();
  let [sent, refused, isCut] = ['', 0, false];
  const track = (socket: Socket, other: () => Socket): void => {
    sockets.add(socket);
    socket.on('error', () => socket.destroy());
    socket.on('close', () => {
      sockets.delete(socket);
      other().destroy();
    });
  };
  const server = createServer((client) => {
    if (isCut) {
      refused += 1;
      client.on('error', () => undefined).destroy();
      return;
    }
    const upstream = connect(Number(target.port || 5432), target.hostname);
    track(client, () => upstream);
    track(upstream, () => client);
    client.on('data', (data) => {
      sent += data.toString('latin1');
      upstream.write(data);
    });
    upstream.on('data', (data) => void client.write(data));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = new URL(databaseUrl);
  url.hostname = '127.0.0.1';
  url.port = String((server.address() as AddressInfo).port);
  return {
    url: url.href,
    get sent() {
      return sent;
    },
    get refused() {
      return refused;
    },
    cut() {
      isCut = true;
      for (const socket of sockets) socket.destroy();
    },
    restore() {
      isCut = false;
    },
    freeze() {
      for (const socket of sockets) socket.pause();
    },
    thaw() {
      for (const socket of sockets) socket.resume();
    },
    async close() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
