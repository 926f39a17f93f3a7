import type { INestApplicationContext } from '@nestjs/common';
import { Instrumentation, InvalidArgumentError } from '../../core/index.js';
import { DEAD_LETTER_STATE_CHANGED, DeadLetterQueue } from '../../dead-letter-queue/index.js';
import { EventStorage } from '../../event-store/index.js';
import {
  SubscriptionHaltedError,
  SubscriptionManager,
  SubscriptionRegistry,
  WaitTimeoutError,
} from '../../subscriptions/index.js';
import { NotSettledError } from '../errors.js';

/** How long {@link settled} waits, and what it minds. */
export interface SettledOptions {
  /** In milliseconds; the default speaks before the five seconds of Jest and Vitest are over. @default 4500 */
  readonly timeoutMs?: number;
  /** Takes events in the dead letter queue as handled, for a test that expects them there. @default false */
  readonly allowDeadLetters?: boolean;
}

/** How often to look for redrives that another process does, in milliseconds. */
const LOOK_INTERVAL_MS = 250;

/**
 * Resolves when all subscriptions of the app have handled everything that was appended, also what their handlers appended,
 * and no dead letter is to be redriven. Where none runs (`workers: false`), it runs them until then. Throws
 * {@link NotSettledError} where an event was parked, a subscription stands still, or the time is over.
 */
export async function settled(app: Pick<INestApplicationContext, 'get'>, options: SettledOptions = {}): Promise<void> {
  await new Settling(app, options).run();
}

class Settling {
  private readonly manager: SubscriptionManager;
  private readonly storage: EventStorage;
  private readonly queue: DeadLetterQueue;
  private readonly instrumentation: Instrumentation;
  private readonly timeoutMs: number;
  private readonly allowDeadLetters: boolean;
  private readonly deadline: number;

  constructor(app: Pick<INestApplicationContext, 'get'>, { timeoutMs = 4_500, allowDeadLetters }: SettledOptions) {
    const anywhere = { strict: false };
    this.manager = app.get(SubscriptionManager, anywhere);
    this.storage = app.get(EventStorage, anywhere);
    this.queue = app.get(DeadLetterQueue, anywhere);
    this.instrumentation = app.get(Instrumentation, anywhere);
    this.timeoutMs = timeoutMs;
    this.allowDeadLetters = allowDeadLetters ?? false;
    this.deadline = performance.now() + timeoutMs;
    refuseNone(app.get(SubscriptionRegistry, anywhere));
  }

  async run(): Promise<void> {
    const isLive = this.manager.here.list().some(({ state }) => state !== 'stopped');
    if (!isLive) await this.manager.start();
    try {
      while (!(await this.round()));
    } catch (error) {
      throw await this.explained(error);
    } finally {
      if (!isLive) await this.manager.stop();
    }
  }

  /** Handles what there is; `true` where nothing has come on top meanwhile. */
  private async round(): Promise<boolean> {
    const { head } = await this.storage.horizon();
    await this.manager.runToHead({ timeoutMs: Math.max(0, this.deadline - performance.now()) });
    await this.redriven();
    if (!this.allowDeadLetters) await this.refuseParked();
    return (await this.storage.horizon()).head === head;
  }

  private async redriven(): Promise<void> {
    for (;;) {
      const change = this.nextChange();
      try {
        const { redriving } = await this.queue.stats();
        if (redriving === 0) return;
        if (performance.now() >= this.deadline) throw this.late(`${redriving} dead letters are still to be redriven`);
        await change.told;
      } finally {
        change.end();
      }
    }
  }

  private nextChange(): { readonly told: Promise<void>; readonly end: () => void } {
    let unsubscribe: (() => void) | undefined;
    let timer: NodeJS.Timeout | undefined;
    const told = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, LOOK_INTERVAL_MS);
      unsubscribe = this.instrumentation.on(DEAD_LETTER_STATE_CHANGED, () => resolve());
    });
    const end = (): void => {
      clearTimeout(timer);
      unsubscribe?.();
    };
    return { told, end };
  }

  private async refuseParked(): Promise<void> {
    const { letters } = await this.queue.list({ state: 'parked', limit: 1_000 });
    const failed = letters.filter(({ reason }) => reason === 'failed').reverse();
    if (failed.length === 0) return;
    const lines = failed.map(
      ({ type, version, streamId, subscription, errorClass, message }) =>
        `\n  '${type}' (version ${version} of '${streamId}') by '${subscription}': ${errorClass}: ${message}`,
    );
    const causes = failed.map(({ stack, message }) => Object.assign(new Error(message), { stack }));
    const cause = causes.length === 1 ? causes[0] : new AggregateError(causes);
    throw new NotSettledError('parked', `events could not be handled and are dead letters:${lines.join('')}`, {
      cause,
    });
  }

  private async explained(error: unknown): Promise<unknown> {
    if (error instanceof SubscriptionHaltedError) {
      return new NotSettledError('halted', error.message, { cause: error });
    }
    if (!(error instanceof WaitTimeoutError)) return error;
    const behind = (await this.manager.status()).filter(
      ({ position, head }) => position === undefined || position < head,
    );
    const texts = behind.map(({ name, state, position = 'no position', head, lastError }) => {
      const why = lastError === undefined ? '' : `, after the error: ${lastError}`;
      return `'${name}' is ${state} at ${position} of ${head}${why}`;
    });
    return this.late(texts.join('; ') || error.message, error);
  }

  private late(detail: string, cause?: Error): NotSettledError {
    return new NotSettledError('timeout', `${detail}. The limit was ${this.timeoutMs} ms.`, { cause });
  }
}

// An app that was never started has none either, and would seem to be settled whatever was appended.
function refuseNone(registry: SubscriptionRegistry): void {
  if (registry.list().length > 0) return;
  throw new InvalidArgumentError(
    'app',
    'The app has no subscription that could handle anything. Was init() called on it, or on the testing module?',
  );
}
