import { ConfigurationError } from '../../core/index.js';
import type { Assignment } from './assignment.js';

/** Environment variables, such as `process.env`. */
type Environment = Readonly<Record<string, string | undefined>>;

type Reading = { readonly value?: number; readonly problem?: string };

const UNSET = 'or unset both to have partitions divided automatically.';

/**
 * The share of a process by its environment: `PARTITION_KEY` (from 0) of `TOTAL_PARTITIONS`. Without the key it is the
 * ordinal at the end of a StatefulSet's pod name, from `POD_NAME` or else `hostname`, as 3 of `orders-3`. Without both it
 * is `'automatic'`. An empty variable counts as unset. Throws `ConfigurationError` that lists all that is wrong.
 */
export function assignmentFromEnvironment(environment: Environment, hostname: string): Assignment {
  const given = (name: string): string | undefined => environment[name]?.trim() || undefined;
  const [key, totalText] = [given('PARTITION_KEY'), given('TOTAL_PARTITIONS')];
  if (totalText === undefined) {
    if (key === undefined) return 'automatic';
    const missing = `PARTITION_KEY is set and TOTAL_PARTITIONS is not; set it to the number of processes, ${UNSET}`;
    throw new ConfigurationError([...problemsIn(readIndex('PARTITION_KEY', key, undefined)), missing]);
  }
  const total = readTotal(totalText);
  const index =
    key === undefined
      ? readOrdinal(given('POD_NAME') ?? hostname, total.value)
      : readIndex('PARTITION_KEY', key, total.value);
  const problems = [...problemsIn(index), ...problemsIn(total)];
  if (index.value === undefined || total.value === undefined) throw new ConfigurationError(problems);
  return { index: index.value, total: total.value };
}

function readTotal(text: string): Reading {
  const value = wholeNumber(text);
  if (value !== undefined && value >= 1) return { value };
  return { problem: `TOTAL_PARTITIONS is '${text}'; give the number of processes, a whole number from 1.` };
}

function readIndex(from: string, text: string, total: number | undefined): Reading {
  const value = wholeNumber(text);
  if (value !== undefined && value < (total ?? Infinity)) return { value };
  const range = total === undefined ? 'from 0' : `from 0 to ${total - 1}, for TOTAL_PARTITIONS is ${total}`;
  return { problem: `${from} is '${text}'; give the number of this process, a whole number ${range}.` };
}

function readOrdinal(podName: string, total: number | undefined): Reading {
  const [, ordinal] = /-(\d+)$/.exec(podName) ?? [];
  if (ordinal !== undefined) return readIndex(`the ordinal of the pod name '${podName}'`, ordinal, total);
  return {
    problem:
      `TOTAL_PARTITIONS is set and there is no number for this process: the pod name '${podName}' does not end in an ` +
      `ordinal such as 'orders-3'. Set PARTITION_KEY, run the app as a StatefulSet, or unset TOTAL_PARTITIONS.`,
  };
}

function problemsIn({ problem }: Reading): readonly string[] {
  return problem === undefined ? [] : [problem];
}

function wholeNumber(text: string): number | undefined {
  return /^\d{1,9}$/.test(text) ? Number(text) : undefined;
}
