import type { EntityManager } from 'typeorm';
import type { PostgresDatabase } from '../../database/index.js';
import { FeedWakeUps } from '../feed-wake-ups.js';

/** Wakes the other processes on the same store as well, and is woken by them; after the commit, whoever does it. */
export class PostgresFeedWakeUps extends FeedWakeUps {
  private isListening = false;

  constructor(private readonly database: PostgresDatabase) {
    super();
  }

  override notify(): void {
    super.notify();
    this.database.notifications.tell('feed');
  }

  override appended(manager?: EntityManager): void {
    if (manager === undefined) this.notify();
    else this.database.afterCommit(manager, () => this.notify());
  }

  /** A process that waits for nothing does not listen. */
  override subscribe(listener: () => void): () => void {
    if (!this.isListening) {
      this.isListening = true;
      this.database.notifications.on('feed', () => super.notify());
    }
    return super.subscribe(listener);
  }
}
