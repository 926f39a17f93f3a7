import type { EventStorage } from '../../event-store/index.js';
import type { CheckpointStore } from '../checkpoint-store.js';
import { StartPositionError } from '../errors.js';
import type { SubscriptionDefinition } from '../subscription-definition.js';

/** What {@link startingPosition} looks at. */
export interface StartingPositionParts {
  readonly definition: SubscriptionDefinition;
  readonly partition: number;
  readonly storage: EventStorage;
  readonly checkpoints: CheckpointStore;
}

/**
 * Where a partition begins if it has no checkpoint yet. Throws `StartPositionError` where it cannot begin there, or has a
 * checkpoint that cannot be its own.
 */
export async function startingPosition({
  definition: { name, startFrom },
  partition,
  storage,
  checkpoints,
}: StartingPositionParts): Promise<bigint> {
  const found = (await checkpoints.list(name)).find((checkpoint) => checkpoint.partition === partition);
  // After the checkpoint, which may be moving: the head is then no less than any that it was moved to.
  const { head, horizon } = await storage.horizon();
  if (found !== undefined && found.position > head) {
    throw new StartPositionError(name, partition, 'ahead', found.position, head);
  }
  // Also where there is a checkpoint: a rebuild may forget it before it is claimed, and then the old one is no place to begin.
  if (startFrom === 'beginning') return 0n;
  if (startFrom === 'end') return horizon;
  if (startFrom === 'checkpoint') {
    if (found === undefined) throw new StartPositionError(name, partition, 'missing', undefined, head);
    return found.position;
  }
  if (found === undefined && startFrom > head) {
    throw new StartPositionError(name, partition, 'start-ahead', startFrom, head);
  }
  return startFrom;
}
