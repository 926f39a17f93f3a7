import type { Socket } from 'node:net';

/** How long the server may take to see a connection off, in milliseconds. */
const GOODBYE_MS = 1_000;

/** A client of `pg`, as far as it is used here. */
interface Endable {
  end(): Promise<void>;
}

/** Ends a connection, by force where the server does not answer any more. Never throws. */
export async function endClient(client: Endable): Promise<void> {
  const { stream } = (client as unknown as { connection: { stream: Socket } }).connection;
  try {
    await within(GOODBYE_MS, client.end(), () => new Error('no goodbye'));
  } catch {
    stream.destroy();
  }
}

/** The outcome of `work`, or `late()` thrown where it takes longer than `ms` milliseconds. */
export async function within<T>(ms: number, work: Promise<T>, late: () => Error): Promise<T> {
  const timeout = Promise.withResolvers<never>();
  // Where a handler kept the event loop busy meanwhile, the answer may be there and only not read: it is read first.
  const timer = setTimeout(() => setImmediate(() => setImmediate(() => timeout.reject(late()))), ms);
  try {
    return await Promise.race([work, timeout.promise]);
  } finally {
    clearTimeout(timer);
  }
}
