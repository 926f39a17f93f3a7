import { setTimeout as delay } from 'node:timers/promises';
import { EventStorage } from '@tidemark/event-sourcing';
import { isAway } from './database.mjs';

/** Follows the feed behind the horizon from the first event to the last, through everything that happens. */
export class FeedReader {
  /** What it was given, in that order. */
  delivered = [];
  position = 0n;
  #storage;
  #running = true;
  #done;

  constructor(app) {
    this.#storage = app.get(EventStorage);
    this.#done = this.#follow();
    this.#done.catch(() => undefined);
  }

  async stop() {
    this.#running = false;
    await this.#done;
  }

  async #follow() {
    while (this.#running) {
      try {
        const { events, upTo } = await this.#storage.readFeed({ after: this.position, limit: 100 });
        for (const { id, streamId, version, position } of events) {
          this.delivered.push({ id, streamId, version, position });
        }
        this.position = upTo;
        if (events.length === 0) await delay(20);
      } catch (error) {
        if (!isAway(error)) throw error;
        await delay(100);
      }
    }
  }
}
