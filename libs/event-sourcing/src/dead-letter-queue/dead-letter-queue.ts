import { Inject, Injectable } from '@nestjs/common';
import { validate as isUuid } from 'uuid';
import { findJsonFault, Instrumentation, InvalidArgumentError } from '../core/index.js';
import type { DeadLetter } from './dead-letter.js';
import { DEAD_LETTER_STATE_CHANGED, type DeadLetterStateChanged } from './dead-letter-queue.signals.js';
import type { DeadLetterFilter, DeadLetterPage, DeadLetterStats } from './dead-letter-reader.js';
import { type DeadLetterPurge, DeadLetterStore, OPEN_STATES, type RedriveFilter } from './dead-letter-store.js';
import { DeadLetterNotFoundError } from './errors.js';

/** Asks for a page of letters. */
export interface DeadLetterListOptions extends DeadLetterFilter {
  /** `nextCursor` of the page before. */
  readonly cursor?: string;
  /** Most letters of the page, 1 to 1,000. @default 50 */
  readonly limit?: number;
}

/** What an operator says on closing a letter. */
export interface CloseOptions {
  /** Kept with the letter; at most 4,000 characters. */
  readonly note?: string;
}

const MAX_PAGE = 1_000;
const MAX_NOTE_LENGTH = 4_000;
const STATES: readonly string[] = [...OPEN_STATES, 'resolved', 'discarded'];
const REDRIVE_FIELDS = ['subscription', 'streamId', 'type', 'errorClass', 'tenantId'];

/**
 * What operators do with dead letters. Everything is a change of rows, which the runners of whatever process pick up, so
 * it needs no connection to the process that parked them.
 */
@Injectable()
export class DeadLetterQueue {
  constructor(
    @Inject(DeadLetterStore) private readonly store: DeadLetterStore,
    @Inject(Instrumentation) private readonly instrumentation: Instrumentation,
  ) {}

  /** A page of letters, newest first. Throws `InvalidArgumentError` for a cursor, limit or filter that is not usable. */
  async list({ cursor, limit = 50, ...filter }: DeadLetterListOptions = {}): Promise<DeadLetterPage> {
    assertCount('limit', limit, MAX_PAGE);
    assertFilter(filter, ['state', ...REDRIVE_FIELDS]);
    if (filter.state !== undefined && !STATES.includes(filter.state)) {
      throw new InvalidArgumentError(
        'state',
        `There is no state '${String(filter.state)}'; give ${STATES.join(', ')}.`,
      );
    }
    return this.store.list(filter, cursor, limit);
  }

  /** One letter. Throws {@link DeadLetterNotFoundError}. */
  async get(id: string): Promise<DeadLetter> {
    const letter = await this.store.get(uuidOf(id));
    if (letter === undefined) throw new DeadLetterNotFoundError(id);
    return letter;
  }

  /**
   * Hands parked letters to their subscriptions again, in stream order: the letter of an id, those that a filter of at
   * least one field lets through, or `'all'`; each takes the earlier open letters of its stream along, and what queued
   * behind it follows when it is done. Gives how many were set redriving at once; those that are already do not count.
   * Throws {@link DeadLetterNotFoundError}, and `DeadLetterStateError` where the letter of the id is closed.
   */
  async redrive(which: string | Omit<RedriveFilter, 'id'>): Promise<number> {
    const filter = redriveFilterOf(which);
    const count = await this.store.requestRedrive(filter);
    const { id: deadLetterId, subscription } = filter;
    if (count > 0) this.changed({ state: 'redriving', count, subscription, deadLetterId });
    return count;
  }

  /**
   * Closes an open letter whose event was taken care of by other means. What had only queued behind it in its stream is
   * redriven. Throws {@link DeadLetterNotFoundError} or `DeadLetterStateError`.
   */
  async resolve(id: string, options: CloseOptions = {}): Promise<DeadLetter> {
    return this.close(id, 'resolved', options);
  }

  /**
   * Closes an open letter whose event the subscription shall do without. What had only queued behind it in its stream is
   * redriven. Throws {@link DeadLetterNotFoundError} or `DeadLetterStateError`.
   */
  async discard(id: string, options: CloseOptions = {}): Promise<DeadLetter> {
    return this.close(id, 'discarded', options);
  }

  /** Counts the letters, in all and by subscription. */
  async stats(): Promise<DeadLetterStats> {
    return this.store.stats();
  }

  /** Deletes letters that were resolved or discarded before a time; gives how many. Open letters are never deleted. */
  async purge({ resolvedBefore, limit }: DeadLetterPurge): Promise<number> {
    if (!(resolvedBefore instanceof Date) || Number.isNaN(resolvedBefore.getTime())) {
      throw new InvalidArgumentError('resolvedBefore', 'resolvedBefore is no valid Date.');
    }
    if (limit !== undefined) assertCount('limit', limit, Number.MAX_SAFE_INTEGER);
    return this.store.purge({ resolvedBefore, limit });
  }

  private async close(id: string, as: 'resolved' | 'discarded', options: CloseOptions): Promise<DeadLetter> {
    // A note that is given as a bare text would be lost without a word.
    if (!isObject(options)) throw new InvalidArgumentError('options', "Give the note as { note: '…' }.");
    const { note } = options;
    const fault = noteFault(note);
    if (fault !== undefined) throw new InvalidArgumentError('note', `The note ${fault}.`);
    const { letter, released } = await this.store.close(uuidOf(id), as, note);
    const { subscription } = letter;
    this.changed({ state: as, count: 1, subscription, deadLetterId: letter.id });
    if (released > 0) this.changed({ state: 'redriving', count: released, subscription, deadLetterId: undefined });
    return letter;
  }

  private changed(fact: DeadLetterStateChanged): void {
    this.instrumentation.emit(DEAD_LETTER_STATE_CHANGED, fact);
  }
}

function redriveFilterOf(which: string | Omit<RedriveFilter, 'id'>): RedriveFilter {
  if (which === 'all') return {};
  if (typeof which === 'string') return { id: uuidOf(which) };
  if (!isObject(which)) {
    throw new InvalidArgumentError('which', "Give the id of a letter, a filter, or 'all'.");
  }
  assertFilter(which, REDRIVE_FIELDS);
  // A field that happens to be undefined must not make it everything.
  const values: unknown[] = Object.values(which);
  if (values.some((value) => value !== undefined)) return which;
  throw new InvalidArgumentError('which', "The filter is empty. Name a field to redrive by, or give 'all'.");
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function assertFilter(filter: object, fields: readonly string[]): void {
  for (const [field, value] of Object.entries(filter) as [string, unknown][]) {
    if (!fields.includes(field)) {
      throw new InvalidArgumentError(field, `Letters are not filtered by '${field}'; give ${fields.join(', ')}.`);
    }
    if (value !== undefined && (typeof value !== 'string' || value === '')) {
      throw new InvalidArgumentError(field, `The filter '${field}' must be a string that is not empty.`);
    }
    const fault = findJsonFault(value, field);
    if (fault !== undefined) throw new InvalidArgumentError(field, `The filter '${field}' ${fault.reason}.`);
  }
}

function assertCount(argument: string, value: number, most: number): void {
  if (Number.isSafeInteger(value) && value >= 1 && value <= most) return;
  throw new InvalidArgumentError(argument, `${argument} is ${value}; give a whole number from 1 to ${most}.`);
}

function uuidOf(id: string): string {
  if (isUuid(id)) return id.toLowerCase();
  throw new InvalidArgumentError('id', `'${String(id)}' is no UUID, so no dead letter has it as its id.`);
}

function noteFault(note: string | undefined): string | undefined {
  if (note === undefined) return undefined;
  if (typeof note !== 'string') return 'is no string';
  if (note.length > MAX_NOTE_LENGTH) return `has ${note.length} characters, the limit is ${MAX_NOTE_LENGTH}`;
  return findJsonFault(note, 'note')?.reason;
}
