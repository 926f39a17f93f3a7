import { defineFact } from '../logging/index.js';

export const ERROR_LISTENER_FAILED = defineFact(
  'error-listener.failed',
  'error',
  ['error'],
  ({ error }) => `A listener of errors failed: ${error}`,
);

export const CLASSIFIER_FAILED = defineFact(
  'classifier.failed',
  'warn',
  ['error'],
  ({ error }) => `classifyError of the options threw: ${error}`,
);

export const SUBSCRIPTION_OUTDATED = defineFact(
  'subscription.outdated',
  'warn',
  ['subscription', 'version', 'recordedVersion'],
  ({ subscription, version, recordedVersion }) =>
    `Subscription '${subscription}' has version ${recordedVersion} by now and this process brings version ${version}; it leaves it alone.`,
);

export const OWNERSHIP_PROBLEM = defineFact(
  'subscriptions.ownership-problem',
  'warn',
  ['problem'],
  ({ problem }) => problem,
);

export const PARTITIONS_UNDIVIDED = defineFact(
  'partitions.undivided',
  'warn',
  ['error'],
  ({ error }) => `Partitions could not be divided: ${error}`,
);

export const PARTITION_NOT_GIVEN_BACK = defineFact(
  'partition.not-given-back',
  'warn',
  ['error'],
  ({ error }) => `A partition could not be given back: ${error}`,
);

export const REBUILD_STALLED = defineFact(
  'rebuild.stalled',
  'warn',
  ['subscription', 'error'],
  ({ subscription, error }) => `The rebuild of '${subscription}' could not go on: ${error}`,
);
