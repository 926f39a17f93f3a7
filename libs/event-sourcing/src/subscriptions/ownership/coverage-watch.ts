import { staticShare } from './assignment.js';
import { namesOf } from './admission.js';
import type { Member } from './subscription-directory.js';

/** What a {@link CoverageWatch} is told of a look at who is alive. */
export interface Coverage {
  readonly me: Member;
  readonly members: readonly Member[];
  /** By name of a subscription of this process, how many partitions it has. */
  readonly partitions: ReadonlyMap<string, number>;
}

/** Notices partitions that fall to no living process, because one of the numbered processes is not there. */
export class CoverageWatch {
  private missing = '';
  private since = 0;
  private isTold = false;

  /** @param patienceMs how long a process may be away before that is told; at a restart it is away for a moment. */
  constructor(private readonly patienceMs: number) {}

  /** A line for the log, the first time that a gap has lasted; `undefined` otherwise. */
  look(coverage: Coverage, now = performance.now()): string | undefined {
    const gaps = [...coverage.partitions].flatMap(([name, count]) => gapOf(coverage, name, count));
    const missing = gaps.join('; ');
    if (missing !== this.missing) {
      this.missing = missing;
      this.since = now;
      this.isTold = false;
    }
    if (missing === '' || this.isTold || now - this.since < this.patienceMs) return undefined;
    this.isTold = true;
    return `Partitions that no process works on, because processes with these numbers are not there: ${missing}`;
  }
}

function gapOf({ me, members }: Coverage, name: string, count: number): readonly string[] {
  const { assignment } = me;
  if (assignment === undefined) return [];
  const present = new Set(
    members.filter(({ subscriptions }) => subscriptions.includes(name)).map((member) => member.assignment?.index),
  );
  const { total } = assignment;
  return Array.from({ length: Math.min(total, count) }, (_, index) => index)
    .filter((index) => index !== assignment.index && !present.has(index))
    .map(
      (index) =>
        `number ${index} of ${total} (${namesOf([name])}: ${[...staticShare({ index, total }, count)].join(', ')})`,
    );
}
