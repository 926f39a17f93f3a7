import { AsyncResource } from 'node:async_hooks';
import type { Snapshot } from '../../event-store/index.js';

/** A snapshot as it is handed to the store. */
export type NewSnapshot = Omit<Snapshot, 'takenAt'>;

/**
 * Writes snapshots off the caller's path, one at a time. At most `limit` wait; of one stream only the newest does. There
 * is no standing loop and no timer: work starts with the first offer and ends with the last snapshot, so that nothing
 * has to be started or stopped, only awaited.
 */
export class SnapshotQueue {
  private readonly waiting = new Map<string, { readonly version: number; readonly write: () => Promise<void> }>();
  private draining: Promise<void> | undefined;

  /** @param write must not throw; it reports its failures. */
  constructor(
    private readonly limit: number,
    private readonly write: (snapshot: NewSnapshot) => Promise<void>,
  ) {}

  /** Takes a snapshot to write; `false` where too many wait already and it is dropped. */
  offer(snapshot: NewSnapshot): boolean {
    const { streamId, version } = snapshot;
    const other = this.waiting.get(streamId);
    if (other === undefined && this.waiting.size >= this.limit) return false;
    if (other !== undefined && other.version >= version) return true;
    // Each write keeps the asynchronous context (tenant, trace) of the save that it belongs to, not of the first in line.
    const write = AsyncResource.bind(() => this.write(snapshot));
    this.waiting.set(streamId, { version, write });
    this.draining ??= this.drain();
    return true;
  }

  /** Resolves when nothing waits and nothing is being written. */
  async flush(): Promise<void> {
    while (this.draining !== undefined) await this.draining;
  }

  private async drain(): Promise<void> {
    // The first write waits for the caller's turn to end, so that a save returns before its snapshot costs anything.
    await Promise.resolve();
    for (const [streamId, { write }] of this.waiting) {
      this.waiting.delete(streamId);
      await write();
    }
    this.draining = undefined;
  }
}
