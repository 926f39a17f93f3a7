import type { PostgresDatabase } from '../../database/index.js';
import type { FeedFilter } from '../event-storage.js';
import { GET_STREAM, LIST_STREAMS, POSITION_BEFORE_LAST } from './event-catalogue.sql.js';
import { filterValues } from './feed-filter-values.js';

/** The head of a stream. */
export interface StreamHead {
  readonly streamId: string;
  readonly category: string;
  readonly tenantId: string | undefined;
  /** Version of its last event. */
  readonly version: number;
  readonly createdAt: Date;
}

/** Asks for a page of streams; a field left out lets all through. */
export interface StreamListQuery {
  readonly category?: string;
  readonly tenantId?: string;
  /** Id after which to go on. */
  readonly after?: string;
  /** Most streams of the page, at least 1. */
  readonly limit: number;
}

type StreamRow = Omit<StreamHead, 'tenantId'> & { readonly tenantId: string | null };

/** Finds one's way among what PostgreSQL holds: for people who look, and for no path of an app. */
export class PostgresEventCatalogue {
  constructor(private readonly database: PostgresDatabase) {}

  /** A page of streams in the order of their ids. */
  async listStreams({ category, tenantId, after, limit }: StreamListQuery): Promise<readonly StreamHead[]> {
    // All ids of a category and no other begin with it and a dash, and '.' is what follows upon the dash in bytes.
    const [from, below] = category === undefined ? [null, null] : [`${category}-`, `${category}.`];
    const values = [after ?? null, from, below, tenantId ?? null, limit];
    return (await this.database.query<StreamRow>(LIST_STREAMS, values)).map(toHead);
  }

  /** `undefined` where there is no such stream. */
  async stream(streamId: string): Promise<StreamHead | undefined> {
    const [row] = await this.database.query<StreamRow>(GET_STREAM, [streamId]);
    return row && toHead(row);
  }

  /** The position after which a reader gets the last `count` events up to `upTo`; looks back as far as it must. */
  async positionBeforeLast(count: number, upTo: bigint, filter: FeedFilter = {}): Promise<bigint> {
    const [types, patterns, categories, tenantId] = filterValues(filter);
    const values = [upTo, types, patterns, categories, tenantId, count];
    const [row] = await this.database.query<{ position: bigint | null }>(POSITION_BEFORE_LAST, values);
    return row?.position ?? upTo;
  }
}

function toHead({ tenantId, ...row }: StreamRow): StreamHead {
  return { ...row, tenantId: tenantId ?? undefined };
}
