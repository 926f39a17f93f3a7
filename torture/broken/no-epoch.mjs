// Moves the checkpoint whoever holds the lease: an owner that was frozen past it commits what its successor does too.
import { engineClass } from './engine-file.mjs';

const { prototype } = await engineClass(
  './subscriptions/postgres/postgres-checkpoint-store.js',
  'PostgresCheckpointStore',
);

prototype.advance = async function advanceUnfenced({ subscription, partition }, position, work) {
  await this.database.transaction(async (manager) => {
    await work(manager);
    await manager.query(
      `update tidemark.checkpoints set position = $3, updated_at = clock_timestamp()
       where subscription = $1 and partition = $2 and position < $3`,
      [subscription, partition, position],
    );
  });
};
prototype.fenced = async function workUnfenced(_lease, work) {
  await this.database.transaction(work);
};
