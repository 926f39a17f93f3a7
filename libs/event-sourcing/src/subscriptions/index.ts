export { type Checkpoint, CheckpointStore } from './checkpoint-store.js';
export {
  FencedError,
  HandlerNotAwaitedError,
  ProcessingTimeoutError,
  ResetRefusedError,
  StartPositionError,
  SubscriptionHaltedError,
  WaitTimeoutError,
} from './errors.js';
export type { CircuitBreakerState } from './failure/circuit.js';
export type { ErrorCategory, ErrorClass, ErrorClassifier, ErrorSeverity } from './failure/error-class.js';
export type { ErrorInfo } from './failure/error-info.js';
export type { ErrorListener } from './failure/error-reporting.js';
export type { ErrorStats, SubscriptionErrorStats } from './failure/error-statistics.js';
export { type EventSelector, On, OnBatch } from './declaration/on.decorator.js';
export { readDeclared } from './declaration/read-declared.js';
export { registerDecorated, type SubscriptionReading } from './declaration/register-decorated.js';
export {
  declared,
  problemsOfDeclaration,
  type SubscriptionDeclaration,
  versionField,
} from './declaration/subscription-declaration.js';
export type { RunToHeadOptions } from './waiting/head-run.js';
export type { PartitionState } from './partition-state.js';
export type { Assignment, StaticAssignment } from './ownership/assignment.js';
export { assignmentFromEnvironment } from './ownership/assignment-from-environment.js';
export { CheckpointReset, type CheckpointResetOptions } from './operations/checkpoint-reset.js';
export { type SubscriptionStanding, type Overview, SubscriptionOverview } from './operations/subscription-overview.js';
export { SubscriptionDirectory } from './ownership/subscription-directory.js';
export { InMemoryCheckpointStore } from './in-memory/in-memory-checkpoint-store.js';
export { InMemorySubscriptionDirectory } from './in-memory/in-memory-subscription-directory.js';
export { PostgresCheckpointStore } from './postgres/postgres-checkpoint-store.js';
export { PostgresSubscriptionDirectory } from './postgres/postgres-subscription-directory.js';
export type { RebuildProgress } from './rebuild/rebuild-progress.js';
export type { RebuildOptions } from './rebuild/rebuild-run.js';
export { Subscriber, type SubscriberContext, type SubscriberOptions } from './subscriber/subscriber.decorator.js';
export { type SubscriptionLag, SubscriptionLags } from './subscription-lags.js';
export type { SubscriptionHere, SubscriptionsHere } from './subscriptions-here.js';
export {
  type DeliveryContext,
  filterOf,
  type StartFrom,
  type SubscriptionDefinition,
} from './subscription-definition.js';
export { SubscriptionManager, type WaitForOptions } from './subscription-manager.js';
export type { PartitionStatus, SubscriptionStatus } from './subscription-status.js';
export { SubscriptionRegistry } from './subscription-registry.js';
export { subscriptionProviders, SubscriptionsModule } from './subscriptions.module.js';
export {
  batchIdleTimeoutMs,
  type CheckpointStrategy,
  type CircuitBreakerOptions,
  resolveSubscriptionsOptions,
  SUBSCRIPTIONS_OPTIONS,
  subscriptionsSchema,
  type SubscriptionsOptions,
  type SubscriptionTuning,
} from './subscriptions.options.js';
export {
  BATCH_FAILED,
  BATCH_HANDLED,
  type BatchFailed,
  type BatchHandled,
  CIRCUIT_BREAKER_CHANGED,
  type CircuitBreakerChanged,
  PARTITION_OWNERSHIP,
  type PartitionOwnership,
} from './subscriptions.signals.js';
