import { createServer, type AddressInfo } from 'node:net';
import { codeOf } from './errors.js';

/** The only address that the embedded server listens on. */
export const HOST = '127.0.0.1';

/** A TCP port on 127.0.0.1 that was free a moment ago; the caller must be ready to lose the race for it. */
export function pickFreePort(): Promise<number> {
  return listenOnce(0);
}

/** Whether another process listens on this port of 127.0.0.1. */
export async function isPortTaken(port: number): Promise<boolean> {
  try {
    await listenOnce(port);
    return false;
  } catch (error) {
    if (codeOf(error) === 'EADDRINUSE') return true;
    // A port below 1024 may be closed to this process and open to the server: let the server say so.
    if (codeOf(error) === 'EACCES') return false;
    throw error;
  }
}

function listenOnce(port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen({ port, host: HOST, exclusive: true }, () => {
      const address = server.address() as AddressInfo;
      server.close(() => resolve(address.port));
    });
  });
}
