import type { SubscriptionEngine } from './subscription-engine.js';

/** A loop that gives no sign of life. */
export interface SilentLoop {
  /** `<subscription>/<partition>`, or `coordinator`. */
  readonly name: string;
  /** For how long it has owed one, in milliseconds. */
  readonly silentMs: number;
}

/** The loops of the subscriptions in this process, for whoever watches whether they turn. */
export class EngineLoops {
  constructor(private readonly engine: SubscriptionEngine) {}

  /** How many there are. */
  count(): number {
    return this.engine.loops().length;
  }

  /** Those that should have given a sign of life longer ago than the bound, in milliseconds. */
  silent(boundMs: number): readonly SilentLoop[] {
    return this.engine.loops().filter(({ silentMs }) => silentMs > boundMs);
  }
}
