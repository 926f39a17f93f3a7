import { Injectable } from '@nestjs/common';
import { On, type RecordedEvent, Subscriber } from '@tidemark/event-sourcing';
import { AccountCredited } from './account.js';

@Injectable()
export class Mailer {
  readonly sent = new Map<string, string>();

  /** Sends a mail once per key, however often it is told to. */
  async send(key: string, text: string): Promise<void> {
    this.sent.set(key, text);
  }
}

@Subscriber({ name: 'statements', startFrom: 'end' })
export class Statements {
  constructor(private readonly mailer: Mailer) {}

  @On(AccountCredited)
  async credited(event: RecordedEvent<AccountCredited>): Promise<void> {
    await this.mailer.send(event.id, `${event.streamId} was credited with ${event.data.amount}`);
  }
}
