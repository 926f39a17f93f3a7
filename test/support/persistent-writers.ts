import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { type EventStore, NewEvent } from '@tidemark/event-sourcing';

/** An error that says no more than that the database is away, going or coming. */
const AWAY = /ECONN|EPIPE|57P0|terminat|timeout|not queryable|CONNECTION_LOST/;

/** Writers that try again, with the same ids, for as long as it takes: what clients are to do who must not lose a write. */
export class PersistentWriters {
  /** Events whose append was answered. */
  written = 0;
  /** Appends that had to be tried again. */
  repeated = 0;
  private going = true;
  private readonly done: Promise<unknown>;

  /** @param eventOf makes the n-th event; the n-th goes to stream n modulo `streams`. */
  constructor(
    private readonly store: EventStore,
    private readonly eventOf: (n: number) => object,
    private readonly streams: number,
    writers: number,
  ) {
    this.done = Promise.all(Array.from({ length: writers }, (_, writer) => this.write(writer, writers)));
    this.done.catch(() => undefined);
  }

  /** Rejects where a writer met anything but a database that is away. */
  async stop(): Promise<void> {
    this.going = false;
    await this.done;
  }

  private async write(first: number, step: number): Promise<void> {
    for (let n = first; this.going; n += step) {
      const events = [n, n + step].map((each) => new NewEvent(this.eventOf(each), { id: randomUUID() }));
      while (!(await this.isAppended(`stream-${n % this.streams}`, events))) await delay(20);
      this.written += events.length;
      await delay(10);
    }
  }

  private async isAppended(streamId: string, events: readonly NewEvent[]): Promise<boolean> {
    try {
      await this.store.append(streamId, events);
      return true;
    } catch (error) {
      const { code, driverError } = error as { code?: string; driverError?: { code?: string } };
      if (!AWAY.test(`${code} ${driverError?.code} ${String(error)}`)) throw error;
      this.repeated += 1;
      return false;
    }
  }
}
