/** Streams by turns: more than are ever under way, so that no append waits for another one to the same stream. */
export class StreamRing {
  #versions;
  #next = 0;

  constructor(streams = 500) {
    this.#versions = new Array(streams).fill(0);
  }

  get size() {
    return this.#versions.length;
  }

  /** The ids of all of them. */
  ids() {
    return this.#versions.map((_, stream) => `order-${stream}`);
  }

  /** The next stream, and how many events it and all of them had before. `events`: how many it gets now. */
  next(events = 1) {
    const n = this.#next++;
    const stream = n % this.#versions.length;
    const version = this.#versions[stream];
    this.#versions[stream] += events;
    return { streamId: `order-${stream}`, version, n: n * events };
  }
}

/** Appends to each stream of the ring once, several at a time. */
export async function warmStreams(ring, append) {
  let left = ring.size;
  const worker = async () => {
    while (left-- > 0) await append();
  };
  await Promise.all(Array.from({ length: 16 }, worker));
}
