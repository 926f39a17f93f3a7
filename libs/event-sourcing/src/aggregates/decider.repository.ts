import type { BeforeApplicationShutdown } from '@nestjs/common';
import { retryOnConflict } from './conflict-retry.js';
import { decideAndEvolve, type Decider, deciderFold } from './decider.js';
import { FoldStore, type RepositoryParts } from './fold-store.js';
import { assertStandsAt, attemptsOf, type TransactionOptions, type UpdateOptions } from './update-options.js';

/** The state of a decider's stream. */
export interface LoadedState<State> {
  readonly id: string;
  readonly streamId: string;
  /** Version of the stream's last event, 0 where it does not exist. */
  readonly version: number;
  /** Global position of that event, `undefined` where there is none. */
  readonly position: bigint | undefined;
  readonly state: State;
}

/** What a command brought about. */
export interface ExecutedCommand<State, Event extends object> extends LoadedState<State> {
  /** The events that were appended, none where the command changed nothing. */
  readonly events: readonly Event[];
}

/** Runs commands through a decider against its streams. Inject it by `@InjectDecider`. */
export class DeciderRepository<State, Command, Event extends object> implements BeforeApplicationShutdown {
  private readonly streams: FoldStore<State>;

  constructor(
    private readonly decider: Decider<State, Command, Event>,
    parts: RepositoryParts,
  ) {
    this.streams = new FoldStore(deciderFold(decider), parts);
  }

  /** The state as it stands; the initial one at version 0 where the stream does not exist. */
  async load(id: string, { manager }: TransactionOptions = {}): Promise<LoadedState<State>> {
    const { head, state } = await this.streams.load(id, manager);
    const { streamId, version, position } = head;
    return { id, streamId, version, position, state };
  }

  /** Whether the stream has an event, without loading it. */
  async exists(id: string): Promise<boolean> {
    return this.streams.exists(id);
  }

  /**
   * Loads the state, decides and appends; where somebody else was faster, once more from the start. What `decide` throws
   * passes through, nothing is stored. `expectedVersion: 0` demands a new stream.
   */
  async execute(id: string, command: Command, options: UpdateOptions = {}): Promise<ExecutedCommand<State, Event>> {
    const { expectedVersion, manager } = options;
    const prepare = async () => {
      const { head, state } = await this.streams.load(id, manager);
      assertStandsAt(head, expectedVersion);
      return { head, ...(await decideAndEvolve(this.decider, command, state)) };
    };
    const commit = async ({ head, state, events }: Awaited<ReturnType<typeof prepare>>) => {
      const { streamId, version, position } = await this.streams.append({ head, state }, events, manager);
      return { id, streamId, version, position, state, events };
    };
    return retryOnConflict({ prepare, commit }, attemptsOf(options));
  }

  /**
   * Takes a snapshot of the state as it stands; `false` where one as new is there, or where the options switch snapshots
   * off. Throws `AggregateNotFoundError`, `SnapshotStateError`, `SnapshotsOffError` and what the store throws.
   */
  async snapshot(id: string): Promise<boolean> {
    return this.streams.snapshot(id);
  }

  /** Resolves when no snapshot waits in the background. */
  async flush(): Promise<void> {
    await this.streams.flush();
  }

  /** Called by Nest on shutdown, while the database is still connected. */
  async beforeApplicationShutdown(): Promise<void> {
    await this.flush();
  }
}
