import { describe, expect, it } from '@jest/globals';
import { ConfigurationError } from '../../core/index.js';
import { assignmentFromEnvironment } from './assignment-from-environment.js';

type Environment = Parameters<typeof assignmentFromEnvironment>[0];

const HOST = 'orders-6f5c9d7b4-x2x4z';

function problemsOf(environment: Environment, hostname = HOST): readonly string[] {
  try {
    assignmentFromEnvironment(environment, hostname);
  } catch (error) {
    if (error instanceof ConfigurationError) return error.problems;
    throw error;
  }
  return [];
}

describe('assignmentFromEnvironment', () => {
  it.each<[Environment, string, unknown]>([
    [{}, 'orders-3', 'automatic'],
    [{ POD_NAME: 'orders-3' }, HOST, 'automatic'],
    [{ PARTITION_KEY: '', TOTAL_PARTITIONS: ' ' }, HOST, 'automatic'],
    [{ PARTITION_KEY: '0', TOTAL_PARTITIONS: '1' }, HOST, { index: 0, total: 1 }],
    [{ PARTITION_KEY: ' 3 ', TOTAL_PARTITIONS: '4' }, 'orders-1', { index: 3, total: 4 }],
    [{ TOTAL_PARTITIONS: '4' }, 'orders-3', { index: 3, total: 4 }],
    [{ TOTAL_PARTITIONS: '12', POD_NAME: 'orders-eu-11' }, 'orders-3', { index: 11, total: 12 }],
    [{ TOTAL_PARTITIONS: '4', POD_NAME: 'orders-3', PARTITION_KEY: '1' }, HOST, { index: 1, total: 4 }],
  ])('reads %j on host %s', (environment, hostname, expected) => {
    expect(assignmentFromEnvironment(environment, hostname)).toEqual(expected);
  });

  it.each<[Environment, string, RegExp]>([
    [{ PARTITION_KEY: '4', TOTAL_PARTITIONS: '4' }, HOST, /^PARTITION_KEY is '4'; .* from 0 to 3/],
    [{ PARTITION_KEY: '-1', TOTAL_PARTITIONS: '4' }, HOST, /^PARTITION_KEY is '-1'; .* from 0 to 3/],
    [{ PARTITION_KEY: '1.5', TOTAL_PARTITIONS: '4' }, HOST, /^PARTITION_KEY is '1.5'; .*whole number/],
    [{ PARTITION_KEY: '1e0', TOTAL_PARTITIONS: '4' }, HOST, /^PARTITION_KEY/],
    [{ PARTITION_KEY: '0', TOTAL_PARTITIONS: '0' }, HOST, /^TOTAL_PARTITIONS is '0'; .*from 1/],
    [{ PARTITION_KEY: '0', TOTAL_PARTITIONS: 'four' }, HOST, /^TOTAL_PARTITIONS is 'four'/],
    [{ PARTITION_KEY: '0' }, 'orders-3', /^PARTITION_KEY is set and TOTAL_PARTITIONS is not; set it .*unset both/],
    [
      { TOTAL_PARTITIONS: '4' },
      HOST,
      /^TOTAL_PARTITIONS is set .*'orders-6f5c9d7b4-x2x4z' does not end in .*StatefulSet/,
    ],
    [{ TOTAL_PARTITIONS: '4' }, 'orders-4', /^the ordinal of the pod name 'orders-4' is '4'; .*from 0 to 3/],
  ])('refuses %j on host %s', (environment, hostname, expected) => {
    expect(problemsOf(environment, hostname)).toEqual([expect.stringMatching(expected)]);
  });

  it.each<Environment>([{ PARTITION_KEY: 'one', TOTAL_PARTITIONS: '-2' }, { PARTITION_KEY: 'one' }])(
    'lists all that is wrong with %j',
    (environment) => {
      const problems = problemsOf(environment);
      expect(problems).toHaveLength(2);
      expect(problems.join('\n')).toMatch(/PARTITION_KEY is 'one'.*\n.*TOTAL_PARTITIONS/);
    },
  );
});
