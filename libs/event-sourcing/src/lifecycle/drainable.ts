/** What became of a participant's work since it was told to take nothing more. */
export interface DrainOutcome {
  /** Events that were done with: handled, or put aside as dead letters. */
  readonly eventsDrained: number;
  /** Events that were under way and rolled back; whoever comes next does them again. */
  readonly eventsNotDrained: number;
  /** Checkpoints that were moved. */
  readonly checkpointsSaved: number;
  /** Leases that were given back. */
  readonly leasesReleased: number;
}

/** What works in the background and must come to its end before the app does; registered with `ShutdownDrain`. */
export interface Drainable {
  /** Shown in the log. */
  readonly name: string;
  /** Events under way now: taken up, and neither done with nor rolled back. */
  inFlight(): number;
  /** Takes nothing more, from this call on and for good. Returns at once. */
  stopTaking(): void;
  /** Resolves when what is under way has ended; aborts and rolls back what is left of it when the signal is aborted. */
  drain(signal: AbortSignal): Promise<void>;
  /** Saves what must be kept and gives back what others wait for. Then nothing of it runs and it writes nothing. */
  settle(signal: AbortSignal): Promise<void>;
  /** What has become of it so far, since {@link stopTaking}. */
  outcome(): DrainOutcome;
}
