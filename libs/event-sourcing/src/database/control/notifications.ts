import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { FactLog } from '../../logging/index.js';
import { NOTIFICATION_UNSENT } from '../database.facts.js';
import { nameInSchema } from '../statement-compiler.js';
import type { ControlConnection } from './control-connection.js';
import { NOTIFY } from './notify.sql.js';

/** What a notification is about: events were appended, or something that processes coordinate by has changed. */
export type NotificationTopic = 'feed' | 'coordination';

/** Shortest time between two notifications of one process, in milliseconds. */
const INTERVAL_MS = 10;

/**
 * Lets the processes that share a store wake each other: a flag without content, at once, then at most every ten
 * milliseconds. Never sent in the transaction that it tells of, since PostgreSQL commits those that notify one after the
 * other. Only saves time: one that gets lost, as while there is no connection, is made up for by polling.
 */
export class Notifications {
  private readonly log = new FactLog();
  private readonly sender = randomUUID();
  private readonly channel: string;
  private readonly listeners = new Map<NotificationTopic, Set<() => void>>();
  private readonly pending = new Set<NotificationTopic>();
  private sending: Promise<void> | undefined;
  private nextAt = 0;
  private isListening = false;
  private closed = false;

  constructor(
    private readonly control: ControlConnection,
    schema: string,
    private readonly enabled: boolean,
  ) {
    this.channel = nameInSchema('tidemark:', schema);
    control.onOpen(() => this.send());
  }

  /** Tells all other processes, soon. Those of this process are not told. */
  tell(topic: NotificationTopic): void {
    if (!this.enabled || this.closed) return;
    this.pending.add(topic);
    this.send();
  }

  /** Is told by other processes until the returned function is called; and once when some may have been missed. */
  on(topic: NotificationTopic, listener: () => void): () => void {
    const listeners = this.listeners.get(topic) ?? new Set();
    this.listeners.set(topic, listeners.add(listener));
    if (this.enabled && !this.isListening) {
      this.isListening = true;
      this.control.listen({
        channel: this.channel,
        onMessage: (payload) => this.received(payload),
        onListening: () => this.wake([...this.listeners.keys()]),
      });
    }
    return () => void listeners.delete(listener);
  }

  /** Sends what is pending, and nothing thereafter. */
  async close(): Promise<void> {
    this.closed = true;
    await this.sending;
  }

  private send(): void {
    if (this.pending.size === 0) return;
    this.sending ??= this.sendPending();
  }

  private async sendPending(): Promise<void> {
    try {
      while (this.pending.size > 0) await this.sendOne();
    } catch (error) {
      // It is pending still: sent when there is a connection again, or with the next one.
      this.log.write(NOTIFICATION_UNSENT, { error });
    } finally {
      // In one step with the look at what is pending, so that none is left behind.
      this.sending = undefined;
    }
  }

  private async sendOne(): Promise<void> {
    // A timer may be early by a part of a millisecond.
    for (let now; (now = performance.now()) < this.nextAt;) await delay(Math.ceil(this.nextAt - now));
    this.nextAt = performance.now() + INTERVAL_MS;
    const topics = [...this.pending];
    this.pending.clear();
    try {
      await this.control.query(NOTIFY, [this.channel, `${this.sender} ${topics.join(',')}`]);
    } catch (error) {
      for (const topic of topics) this.pending.add(topic);
      throw error;
    }
  }

  private received(payload: string): void {
    const [sender, topics = ''] = payload.split(' ');
    if (sender !== this.sender) this.wake(topics.split(','));
  }

  private wake(topics: readonly string[]): void {
    for (const topic of topics) {
      for (const listener of this.listeners.get(topic as NotificationTopic) ?? []) listener();
    }
  }
}
