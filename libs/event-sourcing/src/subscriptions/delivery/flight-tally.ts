/** Counts what one partition has under way, and what has become of it. */
export class FlightTally {
  /** Checkpoints that were moved. */
  saves = 0;
  /** Leases that were given back. */
  releases = 0;
  private taken = 0;
  private ended = 0;
  private undone = 0;

  /** Events under way. */
  get inFlight(): number {
    return this.taken;
  }

  /** Events that were done with: handled, or put aside as dead letters; what did it is committed. */
  get done(): number {
    return this.ended;
  }

  /** Events that were rolled back. */
  get rolledBack(): number {
    return this.undone;
  }

  take(events: number): void {
    this.taken += events;
  }

  finish(events: number): void {
    this.taken -= events;
    this.ended += events;
  }

  /** What is still under way has been rolled back. */
  rollBack(): void {
    this.undone += this.taken;
    this.taken = 0;
  }

  /** An event that was rolled back is done with after all. */
  redeem(): void {
    this.undone -= 1;
    this.ended += 1;
  }
}
