/** Numbers that a seed decides: mulberry32 (Tommy Ettinger, public domain). Streams of different names are independent. */
export class Random {
  #state;

  constructor(seed, name = '') {
    this.#state = seed >>> 0;
    for (const char of name) this.#state = (Math.imul(this.#state, 31) + char.charCodeAt(0)) >>> 0;
  }

  /** From 0 up to, and without, 1. */
  next() {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  }

  chance(probability) {
    return this.next() < probability;
  }

  /** A whole number, both ends included. */
  between(least, most) {
    return least + Math.floor(this.next() * (most - least + 1));
  }

  pick(list) {
    return list[this.between(0, list.length - 1)];
  }

  shuffled(list) {
    return list
      .map((value) => ({ value, key: this.next() }))
      .sort((a, b) => a.key - b.key)
      .map(({ value }) => value);
  }
}
