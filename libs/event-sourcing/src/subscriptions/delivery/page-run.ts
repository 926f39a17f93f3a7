import type { StoredEvent } from '../../core/index.js';
import type { FeedPage } from '../../event-store/index.js';
import type { PartitionFeed } from '../feed/partition-feed.js';
import type { ResolvedSubscriptionsOptions } from '../subscriptions.options.js';
import type { MorePages } from './page-delivery.js';

/** What a {@link PageRun} works with. */
export interface PageRunParts {
  readonly feed: PartitionFeed;
  readonly options: Pick<ResolvedSubscriptionsOptions, 'checkpointStrategy' | 'checkpointIntervalMs'>;
  readonly limit: number;
  /** Aborted when no more is to be taken. */
  readonly signal: AbortSignal;
  /** Whether more than the first page may be taken at all. */
  readonly mayGoOn: boolean;
}

/** The pages of one delivery: the first, and with the strategy `periodic` what follows it within the time of a transaction. */
export class PageRun {
  private readonly pages: [FeedPage, ...FeedPage[]];
  private readonly until: number;

  constructor(
    first: FeedPage,
    private readonly parts: PageRunParts,
  ) {
    this.pages = [first];
    this.until = performance.now() + parts.options.checkpointIntervalMs;
  }

  get last(): FeedPage {
    return this.pages.at(-1) ?? this.pages[0];
  }

  get events(): readonly StoredEvent[] {
    return this.pages.flatMap(({ events }) => events);
  }

  /** Takes the next page; `undefined` where there is none, or it has gone on for long enough. */
  readonly more: MorePages = async () => {
    const { feed, options, limit, signal, mayGoOn } = this.parts;
    const { last } = this;
    if (options.checkpointStrategy !== 'periodic' || !mayGoOn) return undefined;
    if (signal.aborted || performance.now() >= this.until) return undefined;
    const page = last.upTo < last.horizon ? await feed.more(last.upTo, limit) : undefined;
    if (page === undefined || page.upTo <= last.upTo) return undefined;
    this.pages.push(page);
    return page;
  };
}
