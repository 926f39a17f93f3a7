/** How many slots streams are spread over; a subscription's partitions are groups of slots. Stored, so it never changes. */
export const PARTITION_SLOTS = 4_096;

/**
 * The slot of a stream: FNV-1a (32 bit, Fowler/Noll/Vo) over the UTF-8 bytes of its id, mixed by the finalizer of
 * MurmurHash3, modulo 4,096. It is stored with every event, so that every process and every release agree on it.
 */
export function partitionSlotOf(streamId: string): number {
  let hash = 0x811c9dc5;
  for (const byte of Buffer.from(streamId, 'utf8')) {
    hash = Math.imul(hash ^ byte, 0x01000193);
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return ((hash ^ (hash >>> 16)) >>> 0) % PARTITION_SLOTS;
}
