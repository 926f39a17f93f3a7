import type { EnvironmentVariables } from './environment-variable.js';
import { flag, milliseconds, names, text, wholeNumber } from './fields.js';

/** What a process runs of the subscriptions, and how it ends. */
export const WORK_VARIABLES = {
  WORKERS: {
    field: flag,
    default: 'true',
    type: '`true` or `false`',
    example: 'false',
    meaning: '`false` makes a process that runs no subscription and only serves requests.',
  },
  SUBSCRIPTIONS: {
    field: names,
    type: 'names, with commas in between',
    otherwise: 'all',
    example: 'order-summary',
    meaning: 'The subscriptions that this process runs.',
  },
  BATCH_SIZE: {
    field: wholeNumber(1, 10_000),
    default: '100',
    type: 'number, to 10000',
    example: '100',
    meaning: 'Events that a batch has at most, where the subscription does not say itself.',
  },
  TOTAL_PARTITIONS: {
    field: text,
    type: 'number, from 1',
    otherwise: 'partitions are divided automatically',
    example: '4',
    meaning: 'Number of processes that divide the partitions by hand.',
  },
  PARTITION_KEY: {
    field: text,
    type: 'number, from 0',
    otherwise: 'the ordinal in `POD_NAME` or the host name',
    example: '0',
    meaning: 'Number of this process among them. Only together with `TOTAL_PARTITIONS`.',
  },
  POD_NAME: {
    field: text,
    type: 'text',
    otherwise: 'the host name',
    example: 'orders-0',
    meaning:
      "Name of a StatefulSet's pod, whose number counts where `TOTAL_PARTITIONS` is set and `PARTITION_KEY` is not.",
  },
  DRAIN_TIMEOUT_MS: {
    field: milliseconds(0),
    default: '30000',
    type: 'milliseconds',
    example: '30000',
    meaning: 'How long handlers may go on when the process is told to end; not more than `SHUTDOWN_TIMEOUT_MS`.',
  },
  SHUTDOWN_TIMEOUT_MS: {
    field: milliseconds(0),
    default: '60000',
    type: 'milliseconds',
    example: '60000',
    meaning: 'How long all of the shutdown may take. Let `terminationGracePeriodSeconds` be longer.',
  },
} as const satisfies EnvironmentVariables;
