import { randomFillSync } from 'node:crypto';
import { v7 as uuidv7 } from 'uuid';

const BYTES_PER_ID = 16;

/** Gives new ids for events: UUIDs of version 7, so that those of one time lie together in the index. */
export class EventIds {
  // To ask the operating system for 16 bytes costs more than all the rest of an id.
  private readonly pool = new Uint8Array(BYTES_PER_ID * 256);
  private used = this.pool.length;

  next(): string {
    return uuidv7({ random: this.random() });
  }

  private random(): Uint8Array {
    if (this.used === this.pool.length) {
      randomFillSync(this.pool);
      this.used = 0;
    }
    return this.pool.subarray(this.used, (this.used += BYTES_PER_ID));
  }
}
