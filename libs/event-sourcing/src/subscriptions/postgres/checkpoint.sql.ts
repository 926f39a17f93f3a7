import { sqlStatement } from '../../database/index.js';

/**
 * Claims the checkpoint of subscription $1, partition $2 for epoch $3, a new one at $4; no row where a newer epoch has it, the
 * subscription has been noted with a version above $5, or a rebuild has been asked for and has not begun.
 */
export const CLAIM_CHECKPOINT = sqlStatement(
  'claim_checkpoint',
  `insert into {schema}.checkpoints as c (subscription, partition, position, epoch)
   select $1, $2, $4, $3
   where not exists (
     select from {schema}.subscriptions
     where name = $1 and (version > $5::integer or rebuild_requested_at is not null and rebuild_started_at is null)
   )
   on conflict (subscription, partition) do update set epoch = excluded.epoch
   where c.epoch <= excluded.epoch
   returning position`,
);

/** Moves the checkpoint forward to $4, with $5 more events handled, for the holder of epoch $3; no row where it has been fenced out. */
export const ADVANCE_CHECKPOINT = sqlStatement(
  'advance_checkpoint',
  `update {schema}.checkpoints set position = $4, handled = handled + $5, updated_at = clock_timestamp()
   where subscription = $1 and partition = $2 and epoch = $3 and position < $4
   returning position`,
);

/** Holds the checkpoint at epoch $3 until the end of the transaction; no row where its holder has been fenced out. */
export const HOLD_CHECKPOINT = sqlStatement(
  'hold_checkpoint',
  `select epoch from {schema}.checkpoints where subscription = $1 and partition = $2 and epoch = $3 for share`,
);

/**
 * Raises the epochs of the first $2 partitions of subscription $1. Those without a checkpoint get one, so that a claim that is
 * just under way is waited for and fenced out as well.
 */
export const FENCE_CHECKPOINTS = sqlStatement(
  'fence_checkpoints',
  `insert into {schema}.checkpoints as c (subscription, partition, position, epoch)
   select $1, partition, 0, 0 from generate_series(0, $2::integer - 1) as partition
   on conflict (subscription, partition) do update set epoch = c.epoch + 1`,
);

/** The same for partitions that it had under another number of them. */
export const FENCE_OTHER_CHECKPOINTS = sqlStatement(
  'fence_other_checkpoints',
  'update {schema}.checkpoints set epoch = epoch + 1 where subscription = $1 and partition >= $2',
);

/** Removes the checkpoints of subscription $1 that partitions beyond the first $2 had. */
export const REMOVE_CHECKPOINTS = sqlStatement(
  'remove_checkpoints',
  'delete from {schema}.checkpoints where subscription = $1 and partition >= $2',
);

/** Puts the checkpoints of the first $2 partitions of subscription $1 to $3; an epoch that was good is good no more. */
export const RESET_CHECKPOINTS = sqlStatement(
  'reset_checkpoints',
  `insert into {schema}.checkpoints as c (subscription, partition, position, epoch)
   select $1, partition, $3, 0 from generate_series(0, $2::integer - 1) as partition
   on conflict (subscription, partition) do update
   set position = excluded.position, epoch = c.epoch + 1, handled = 0, updated_at = clock_timestamp()`,
);

/** The checkpoints of subscription $1, of all where it is null. */
export const LIST_CHECKPOINTS = sqlStatement(
  'list_checkpoints',
  `select subscription, partition, position, epoch, handled, updated_at as "updatedAt" from {schema}.checkpoints
   where $1::text is null or subscription = $1 order by subscription, partition`,
);
