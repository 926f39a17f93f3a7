// Reads the feed up to its head, as a plain position reader does: skips what commits late.
import { engineClass } from './engine-file.mjs';

const { prototype } = await engineClass('./event-store/postgres/postgres-event-storage.js', 'PostgresEventStorage');
const { horizon } = prototype;

prototype.horizon = async function readUpToTheHead() {
  const { head } = await horizon.call(this);
  return { head, horizon: head, holderPid: undefined };
};
