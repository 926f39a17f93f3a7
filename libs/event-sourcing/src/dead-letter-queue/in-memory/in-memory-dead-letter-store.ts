import type { EntityManager } from 'typeorm';
import { InvalidArgumentError, partitionSlotOf } from '../../core/index.js';
import type { DeadLetter } from '../dead-letter.js';
import { draftOf, type EventToPark } from '../dead-letter-draft.js';
import {
  type BlockedStreams,
  type CloseOutcome,
  type DeadLetterPurge,
  type DeadLetterStore,
  OPEN_STATES,
  type ParkOutcome,
  type RedriveFilter,
} from '../dead-letter-store.js';
import { DeadLetterNotFoundError, DeadLetterStateError } from '../errors.js';
import { type EventFailure, storableFailure } from '../event-failure.js';
import { InMemoryDeadLetterReader, matches } from './in-memory-dead-letter-reader.js';

/**
 * Dead letters of one process, for apps without a database. There is no transaction to join, so a `manager` is refused.
 * Nothing is awaited within a method, so none gets in between another.
 */
export class InMemoryDeadLetterStore extends InMemoryDeadLetterReader implements DeadLetterStore {
  /** @param clock gives `parkedAt` and `updatedAt`. */
  constructor(private readonly clock: () => Date = () => new Date()) {
    super();
  }

  async park(event: EventToPark, manager?: EntityManager): Promise<ParkOutcome> {
    refuseManager(manager);
    const draft = draftOf(event);
    const present = this.all().find((l) => l.subscription === draft.subscription && l.eventId === draft.eventId);
    if (present !== undefined && isOpen(present)) return { letter: structuredClone(present), parked: false };
    const before = this.openOf(draft).filter(({ position }) => position < draft.position);
    const letter: DeadLetter = {
      ...draft,
      id: present?.id ?? draft.id,
      attempts: [...(present?.attempts ?? []), ...draft.attempts],
      state: draft.reason === 'failed' ? 'parked' : (before.at(-1)?.state ?? 'redriving'),
      note: present?.note,
      parkedAt: this.clock(),
      updatedAt: this.clock(),
    };
    return { letter: this.keep(letter), parked: true };
  }

  async blockedStreams(
    subscription: string,
    streamIds: readonly string[],
    manager?: EntityManager,
  ): Promise<BlockedStreams> {
    refuseManager(manager);
    const streams = new Set(streamIds.filter((streamId) => this.openOf({ subscription, streamId }).length > 0));
    return { streams, hasOpenLetters: this.all().some((l) => l.subscription === subscription && isOpen(l)) };
  }

  async recordAttempt(
    id: string,
    failure: EventFailure,
    next: 'parked' | 'redriving',
    manager?: EntityManager,
  ): Promise<void> {
    refuseManager(manager);
    const letter = this.existing(id);
    if (letter.state !== 'redriving') throw new DeadLetterStateError(id, letter.state, next, ['redriving']);
    const { at, errorClass, message, stack } = storableFailure(failure);
    const attempts = [...letter.attempts, { at, errorClass, message, kind: 'redrive' as const }];
    const behind = this.openOf(letter).filter(({ position }) => position > letter.position);
    this.change({ ...letter, reason: 'failed', errorClass, message, stack, attempts }, next);
    if (next === 'parked') this.changeEach(behind, 'redriving', 'parked');
  }

  async requestRedrive(filter: RedriveFilter): Promise<number> {
    const { id } = filter;
    if (id !== undefined) {
      const { state } = this.existing(id);
      if (!OPEN_STATES.includes(state)) throw new DeadLetterStateError(id, state, 'redriving', OPEN_STATES);
    }
    const wanted = this.all().filter((letter) => isOpen(letter) && matches(letter, filter));
    const upTo = (last: DeadLetter) => this.openOf(last).filter(({ position }) => position <= last.position);
    return this.changeEach(new Set(wanted.flatMap(upTo)), 'parked', 'redriving');
  }

  async nextRedriving(
    subscription: string,
    { index, count }: { readonly index: number; readonly count: number },
    limit: number,
    manager?: EntityManager,
  ): Promise<readonly DeadLetter[]> {
    refuseManager(manager);
    const due = this.all().filter(
      (letter) =>
        letter.subscription === subscription &&
        letter.state === 'redriving' &&
        partitionSlotOf(letter.streamId) % count === index &&
        !this.openOf(letter).some(({ state, position }) => state === 'parked' && position < letter.position),
    );
    return structuredClone(due.sort(byPosition).slice(0, limit));
  }

  async close(id: string, as: 'resolved' | 'discarded', note?: string, manager?: EntityManager): Promise<CloseOutcome> {
    refuseManager(manager);
    const letter = this.existing(id);
    if (!isOpen(letter)) throw new DeadLetterStateError(id, letter.state, as, OPEN_STATES);
    const closed = this.change({ ...letter, note: note ?? letter.note }, as);
    const open = this.openOf(letter);
    const stop = open.findIndex(({ state, reason }) => state === 'parked' && reason === 'failed');
    const free = stop === -1 ? open : open.slice(0, stop);
    return { letter: closed, released: this.changeEach(free, 'parked', 'redriving') };
  }

  async discardAll(subscription: string, note?: string, manager?: EntityManager): Promise<number> {
    refuseManager(manager);
    const open = this.all().filter((letter) => letter.subscription === subscription && isOpen(letter));
    for (const letter of open) this.change({ ...letter, note: note ?? letter.note }, 'discarded');
    return open.length;
  }

  async purge({ resolvedBefore, limit = Infinity }: DeadLetterPurge): Promise<number> {
    const old = this.all().filter((letter) => !isOpen(letter) && letter.updatedAt < resolvedBefore);
    const doomed = old.sort((a, b) => a.updatedAt.getTime() - b.updatedAt.getTime()).slice(0, limit);
    for (const { id } of doomed) this.letters.delete(id);
    return doomed.length;
  }

  private openOf({ subscription, streamId }: Pick<DeadLetter, 'subscription' | 'streamId'>): DeadLetter[] {
    const inStream = (letter: DeadLetter) => letter.subscription === subscription && letter.streamId === streamId;
    return this.all()
      .filter((letter) => inStream(letter) && isOpen(letter))
      .sort(byPosition);
  }

  private existing(id: string): DeadLetter {
    const letter = this.letters.get(id);
    if (letter === undefined) throw new DeadLetterNotFoundError(id);
    return letter;
  }

  private changeEach(letters: Iterable<DeadLetter>, from: DeadLetter['state'], to: DeadLetter['state']): number {
    const changed = [...letters].filter(({ state }) => state === from);
    for (const letter of changed) this.change(letter, to);
    return changed.length;
  }

  private change(letter: DeadLetter, state: DeadLetter['state']): DeadLetter {
    return this.keep({ ...letter, state, updatedAt: this.clock() });
  }

  private keep(letter: DeadLetter): DeadLetter {
    this.letters.set(letter.id, structuredClone(letter));
    return letter;
  }
}

function isOpen({ state }: DeadLetter): boolean {
  return OPEN_STATES.includes(state);
}

function byPosition(a: DeadLetter, b: DeadLetter): number {
  return a.position < b.position ? -1 : 1;
}

function refuseManager(manager: EntityManager | undefined): void {
  if (manager === undefined) return;
  throw new InvalidArgumentError(
    'manager',
    `The in-memory dead letter store has no transactions to join; leave 'manager' out or use the store on PostgreSQL.`,
  );
}
