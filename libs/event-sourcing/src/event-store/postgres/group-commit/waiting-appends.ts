import type { AppendOutcome, EncodedAppend } from '../../event-storage.js';
import type { GroupCommitOptions } from '../../group-commit.options.js';

/** An append that somebody waits for. */
export interface WaitingAppend {
  readonly append: EncodedAppend;
  readonly outcome: PromiseWithResolvers<AppendOutcome>;
}

/** Appends in the order in which they came. */
export class WaitingAppends {
  private waiting: WaitingAppend[] = [];

  constructor(private readonly limits: Required<Pick<GroupCommitOptions, 'maxEvents' | 'maxLength'>>) {}

  get size(): number {
    return this.waiting.length;
  }

  add(one: WaitingAppend): void {
    this.waiting.push(one);
  }

  /**
   * Takes out the first that may go together: each to a stream of its own and to none of `busy`, no more than the limits
   * allow, and at least one unless `most` is 0. What goes to a stream that another goes to stays behind that one.
   */
  take(busy: ReadonlySet<string>, most = this.size): readonly WaitingAppend[] {
    const { maxEvents, maxLength } = this.limits;
    const batch: WaitingAppend[] = [];
    const passed: WaitingAppend[] = [];
    const met = new Set(busy);
    let [events, length, seen] = [0, 0, 0];
    for (const one of this.waiting) {
      if (batch.length >= most) break;
      const { streamId, events: own } = one.append;
      if (met.has(streamId)) {
        passed.push(one);
      } else {
        const ownLength = lengthOf(one);
        if (batch.length > 0 && (events + own.length > maxEvents || length + ownLength > maxLength)) break;
        met.add(streamId);
        batch.push(one);
        events += own.length;
        length += ownLength;
      }
      seen += 1;
    }
    if (batch.length > 0) this.waiting = passed.concat(this.waiting.slice(seen));
    return batch;
  }
}

function lengthOf({ append }: WaitingAppend): number {
  return append.events.reduce((sum, { data, metadata }) => sum + data.length + metadata.length, 0);
}
