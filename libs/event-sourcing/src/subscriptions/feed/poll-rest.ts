import type { FeedHorizon } from '../../event-store/index.js';

/** How long to rest at the head of the feed: longer and longer while nothing comes. */
export class PollRest {
  private restMs: number;

  constructor(private readonly bounds: { readonly minPollIntervalMs: number; readonly maxPollIntervalMs: number }) {
    this.restMs = bounds.minPollIntervalMs;
  }

  /** Something came. */
  reset(): void {
    this.restMs = this.bounds.minPollIntervalMs;
  }

  /** Nothing came; gives the rest in milliseconds. */
  next({ head, horizon }: FeedHorizon): number {
    const { minPollIntervalMs, maxPollIntervalMs } = this.bounds;
    // What an open transaction holds back will be there soon.
    if (horizon < head) return minPollIntervalMs;
    const { restMs } = this;
    this.restMs = Math.min(restMs * 2, maxPollIntervalMs);
    return restMs;
  }
}
