import type { Drainable, DrainOutcome } from '../lifecycle/index.js';
import type { EventStorage } from './event-storage.js';

const NOTHING: DrainOutcome = { eventsDrained: 0, eventsNotDrained: 0, checkpointsSaved: 0, leasesReleased: 0 };

/**
 * Has the end of the app wait for the appends that are queued. New ones are taken still: requests are answered until the
 * HTTP server is closed, which comes after.
 */
export class AppendDrain implements Drainable {
  readonly name = 'the append queue';

  constructor(private readonly storage: EventStorage) {}

  inFlight(): number {
    return 0;
  }

  stopTaking(): void {
    // See above.
  }

  async drain(signal: AbortSignal): Promise<void> {
    if (signal.aborted) return;
    const aborted = Promise.withResolvers<void>();
    signal.addEventListener('abort', () => aborted.resolve(), { once: true });
    await Promise.race([this.storage.flush(), aborted.promise]);
  }

  async settle(signal: AbortSignal): Promise<void> {
    await this.drain(signal);
  }

  outcome(): DrainOutcome {
    return NOTHING;
  }
}
