import type { EntityManager } from 'typeorm';

/** Tells those who wait at the head of the feed that there may be more. A flag, not a queue: it carries nothing. */
export class FeedWakeUps {
  private readonly listeners = new Set<() => void>();

  /** Wakes everyone, at once. */
  notify(): void {
    for (const listener of this.listeners) listener();
  }

  /** Is called after an append; where that joined the caller's transaction, nothing is to be seen before it has committed. */
  appended(manager?: EntityManager): void {
    if (manager === undefined) this.notify();
  }

  /** Is woken until the returned function is called. */
  subscribe(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  }
}
