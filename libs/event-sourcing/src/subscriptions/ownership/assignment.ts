/** The share of one of several processes that were numbered by hand: partitions p with `p % total === index`. */
export interface StaticAssignment {
  /** Number of this process, from 0 to `total - 1`. */
  readonly index: number;
  /** How many processes there are. */
  readonly total: number;
}

/** Which partitions a process works on: its fair share of those alive, or a fixed share. */
export type Assignment = 'automatic' | StaticAssignment;

/** The partitions of `count` that fall to a process by its number. */
export function staticShare({ index, total }: StaticAssignment, count: number): ReadonlySet<number> {
  return new Set(Array.from({ length: count }, (_, partition) => partition).filter((p) => p % total === index));
}
