import type { DeadLetter } from '../dead-letter.js';
import { cursorAfter, idOfCursor } from '../dead-letter-cursor.js';
import type { DeadLetterFilter, DeadLetterPage, DeadLetterReader, DeadLetterStats } from '../dead-letter-reader.js';
import type { RedriveFilter } from '../dead-letter-store.js';
import { statsOf } from '../dead-letter-tally.js';

/** Holds letters and looks at them. */
export abstract class InMemoryDeadLetterReader implements DeadLetterReader {
  /** By id, never changed in place. */
  protected readonly letters = new Map<string, DeadLetter>();

  async list(filter: DeadLetterFilter, cursor: string | undefined, limit: number): Promise<DeadLetterPage> {
    const after = cursor === undefined ? undefined : idOfCursor(cursor);
    const found = this.all()
      .filter((letter) => matches(letter, filter) && (after === undefined || letter.id < after))
      .sort((a, b) => (a.id < b.id ? 1 : -1));
    const letters = structuredClone(found.slice(0, limit));
    const last = letters.at(-1);
    return { letters, nextCursor: found.length > limit && last !== undefined ? cursorAfter(last.id) : undefined };
  }

  async get(id: string): Promise<DeadLetter | undefined> {
    return structuredClone(this.letters.get(id));
  }

  async stats(): Promise<DeadLetterStats> {
    return statsOf(
      this.all().map(({ subscription, state, parkedAt }) => ({ subscription, state, count: 1, oldestAt: parkedAt })),
    );
  }

  protected all(): DeadLetter[] {
    return [...this.letters.values()];
  }
}

/** Whether a filter lets a letter through. */
export function matches(letter: DeadLetter, filter: DeadLetterFilter & RedriveFilter): boolean {
  return Object.entries(filter).every(
    ([field, value]) => value === undefined || letter[field as keyof RedriveFilter] === value,
  );
}
