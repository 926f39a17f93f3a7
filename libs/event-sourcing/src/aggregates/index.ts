export { newAggregate } from './aggregate-fold.js';
export { AggregateRepository, type SavedAggregate } from './aggregate.repository.js';
export { type AggregatesFeature, AggregatesModule } from './aggregates.module.js';
export { AGGREGATES_DEFAULTS, AGGREGATES_OPTIONS, type AggregatesOptions } from './aggregates.options.js';
export {
  AGGREGATE_LOADED,
  type AggregateLoaded,
  SNAPSHOT_FAILED,
  SNAPSHOT_SAVED,
  type SnapshotFailed,
  type SnapshotFailureReason,
  type SnapshotMissReason,
  type SnapshotSaved,
} from './aggregates.signals.js';
export {
  getAggregateRepositoryToken,
  getDeciderToken,
  InjectAggregateRepository,
  InjectDecider,
} from './aggregates.tokens.js';
export { type AnyDecider, type Decider, defineDecider } from './decider.js';
export { DeciderRepository, type ExecutedCommand, type LoadedState } from './decider.repository.js';
export {
  AggregateNotFoundError,
  DetachedAggregateError,
  ReplayError,
  SnapshotsOffError,
  SnapshotStateError,
  UnsavableAggregateError,
} from './errors.js';
export { type ApplyOptions, EventSourcedAggregate } from './event-sourced-aggregate.js';
export {
  type AggregateClass,
  type AnyAggregateRoot,
  EventSourced,
  eventSourcedDefinitionOf,
} from './event-sourced.decorator.js';
export type { SnapshotMode, SnapshotOptions } from './snapshots/snapshot-policy.js';
export type { SaveOptions, TransactionOptions, UpdateOptions } from './update-options.js';
