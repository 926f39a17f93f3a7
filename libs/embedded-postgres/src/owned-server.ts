import type { Binaries } from './binaries/binaries.js';
import type { OwnerClaim } from './owner-file.js';
import { signalPostmaster, stopPostmaster, type Postmaster } from './postmaster.js';

/** The claim on a data folder and the server that runs on it, which end together. */
export class OwnedServer {
  private held: { postmaster: Postmaster; binaries: Binaries } | undefined;
  private stopping: Promise<void> | undefined;

  constructor(
    private readonly claim: OwnerClaim,
    private readonly log: (line: string) => void,
  ) {
    process.once('exit', this.onProcessExit);
  }

  /** Makes `postmaster` the server to stop, in place of one held before that has exited. */
  hold(postmaster: Postmaster, binaries: Binaries): void {
    this.held = { postmaster, binaries };
  }

  /** From now on a server that ends by itself, killed or crashed, also gives the folder up. */
  releaseOnUnexpectedExit(): void {
    const postmaster = this.held?.postmaster;
    postmaster?.onExit(() => {
      if (this.stopping) return;
      this.log(`tidemark: the PostgreSQL server ${postmaster.pid} has ended unexpectedly`);
      this.letGo();
    });
  }

  /** Stops the server and releases the claim; idempotent. */
  stop(): Promise<void> {
    return (this.stopping ??= this.end());
  }

  private async end(): Promise<void> {
    try {
      if (this.held) await stopPostmaster(this.held.postmaster, this.held.binaries);
    } finally {
      this.letGo();
    }
  }

  private letGo(): void {
    process.off('exit', this.onProcessExit);
    this.claim.release();
  }

  // Best effort for an application that exits without stop(): the shutdown goes on after this process is gone.
  private readonly onProcessExit = (): void => {
    if (this.held) signalPostmaster(this.held.postmaster, this.held.binaries, 'SIGINT');
  };
}
