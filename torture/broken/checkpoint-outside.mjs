// Commits the read model in one transaction and the checkpoint in the next: a crash in between repeats the batch.
import { engineClass } from './engine-file.mjs';

const { prototype } = await engineClass(
  './subscriptions/postgres/postgres-checkpoint-store.js',
  'PostgresCheckpointStore',
);
const { advance } = prototype;

prototype.advance = async function commitTwice(lease, position, work) {
  await this.database.transaction(work);
  await advance.call(this, lease, position, async () => undefined);
};
