import type { EntityManager } from 'typeorm';
import type { PostgresDatabase } from '../../database/index.js';
import type { DeadLetter } from '../dead-letter.js';
import { cursorAfter, idOfCursor } from '../dead-letter-cursor.js';
import type { DeadLetterFilter, DeadLetterPage, DeadLetterReader, DeadLetterStats } from '../dead-letter-reader.js';
import { statsOf } from '../dead-letter-tally.js';
import { DeadLetterNotFoundError } from '../errors.js';
import { type DeadLetterRow, toDeadLetter } from './dead-letter-rows.js';
import { COUNT_DEAD_LETTERS, GET_DEAD_LETTER, LIST_DEAD_LETTERS } from './dead-letter.sql.js';

/** Looks at the rows of dead letters. */
export abstract class PostgresDeadLetterReader implements DeadLetterReader {
  constructor(protected readonly database: PostgresDatabase) {}

  async list(filter: DeadLetterFilter, cursor: string | undefined, limit: number): Promise<DeadLetterPage> {
    const { subscription, state, streamId, type, errorClass, tenantId } = filter;
    const filters = [subscription, state, streamId, type, errorClass, tenantId].map((value) => value ?? null);
    const after = cursor === undefined ? null : idOfCursor(cursor);
    // One more than asked for tells whether there is a next page.
    const rows = await this.database.query<DeadLetterRow>(LIST_DEAD_LETTERS, [...filters, after, limit + 1]);
    const letters = rows.slice(0, limit).map(toDeadLetter);
    const last = letters.at(-1);
    return { letters, nextCursor: rows.length > limit && last !== undefined ? cursorAfter(last.id) : undefined };
  }

  async get(id: string): Promise<DeadLetter | undefined> {
    const [row] = await this.database.query<DeadLetterRow>(GET_DEAD_LETTER, [id]);
    return row && toDeadLetter(row);
  }

  async stats(): Promise<DeadLetterStats> {
    const rows = await this.database.query<CountRow>(COUNT_DEAD_LETTERS);
    return statsOf(rows.map(({ oldest_at: oldestAt, ...row }) => ({ ...row, oldestAt: oldestAt ?? undefined })));
  }

  /** The row of a letter; throws {@link DeadLetterNotFoundError}. */
  protected async existing(id: string, manager?: EntityManager): Promise<DeadLetterRow> {
    const [row] = await this.database.query<DeadLetterRow>(GET_DEAD_LETTER, [id], manager);
    if (row === undefined) throw new DeadLetterNotFoundError(id);
    return row;
  }
}

interface CountRow {
  readonly subscription: string;
  readonly state: DeadLetter['state'];
  readonly count: number;
  readonly oldest_at: Date | null;
}
