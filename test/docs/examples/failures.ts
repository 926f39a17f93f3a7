import { Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import {
  type DeadLetterQueue,
  type ErrorInfo,
  EventSourcingModule,
  SubscriptionManager,
} from '@tidemark/event-sourcing';

export class TaxOfficeClosed extends Error {}

@Injectable()
export class Pager {
  readonly pages: string[] = [];

  async page(text: string): Promise<void> {
    this.pages.push(text);
  }
}

@Injectable()
export class Alarms implements OnModuleInit {
  private readonly logger = new Logger('Alarms');

  constructor(
    private readonly subscriptions: SubscriptionManager,
    private readonly pager: Pager,
  ) {}

  onModuleInit(): void {
    this.subscriptions.onError(({ subscription, category, error }) =>
      this.logger.debug(`${subscription} failed (${category}): ${String(error)}`),
    );
    this.subscriptions.onErrorSeverity('high', (info) => this.tell(info));
  }

  private async tell({ subscription, eventType, streamId, deadLetterId }: ErrorInfo): Promise<void> {
    const where = deadLetterId === undefined ? 'will be tried again, or has stopped' : `is dead letter ${deadLetterId}`;
    await this.pager.page(`${eventType} of ${streamId} failed in ${subscription}; it ${where}`);
  }
}

/** What a process has seen go wrong. */
export function errorsOf(subscriptions: SubscriptionManager, subscription: string): string {
  const { totalErrors, subscriptions: each } = subscriptions.getErrorStats();
  const { deadLetters = 0, errorsByType = {}, errorRatePerMinute = 0 } = each[subscription] ?? {};
  const types = Object.entries(errorsByType).map(([type, count]) => `${count} ${type}`);
  return `${totalErrors} in all; ${types.join(', ')}; ${errorRatePerMinute} a minute; ${deadLetters} dead letters`;
}

export const root = EventSourcingModule.forRoot({
  store: 'memory',
  subscriptions: {
    maxRetries: 8,
    retryInitialDelayMs: 500,
    classifyError: (error) =>
      error instanceof TaxOfficeClosed ? { category: 'permanent', severity: 'critical' } : undefined,
  },
});

export async function operate(deadLetters: DeadLetterQueue): Promise<void> {
  // By class of the error, page by page.
  let cursor: string | undefined;
  do {
    const page = await deadLetters.list({ errorClass: 'TaxOfficeClosed', state: 'parked', cursor, limit: 100 });
    for (const { id, streamId, attempts } of page.letters) console.log(id, streamId, attempts.length);
    cursor = page.nextCursor;
  } while (cursor !== undefined);
  // A stream, or all of one kind. Order within a stream is kept.
  await deadLetters.redrive({ streamId: 'account-1' });
  await deadLetters.redrive({ type: 'account.credited', errorClass: 'TaxOfficeClosed' });
  // Closed letters go when you say so.
  await deadLetters.purge({ resolvedBefore: new Date(Date.now() - 30 * 86_400_000) });
}

export async function closeByHand(deadLetters: DeadLetterQueue, id: string): Promise<void> {
  await deadLetters.resolve(id, { note: 'refunded by hand, ticket 4711' });
}
