import { setTimeout as delay } from 'node:timers/promises';
import type { Client } from 'pg';

/** Who has a partition, and how far it has come. */
export interface Progress {
  /** Process of the owner; `undefined` where nobody has it. */
  readonly pid: number | undefined;
  readonly epoch: bigint;
  readonly position: bigint;
}

/** Looks all the time at the one partition of a subscription, and how long it stands still while there is something to do. */
export class ReadModelWatch {
  /** Longest time that it did, in milliseconds. */
  longestStillMs = 0;
  /** As of the last look. */
  latest: Progress = { pid: undefined, epoch: 0n, position: 0n };
  private going = true;
  private readonly done: Promise<void>;

  /** @param client for this watch alone; ended with it. */
  constructor(
    private readonly client: Client,
    private readonly subscription: string,
  ) {
    this.done = this.watch();
    this.done.catch(() => undefined);
  }

  private async look(): Promise<Progress> {
    const { rows } = await this.client.query<{ owner: string | null; epoch: string; position: string }>(
      `select case when l.expires_at > clock_timestamp() then l.owner end as owner, c.epoch, c.position
       from tidemark.checkpoints c join tidemark.leases l using (subscription, partition) where subscription = $1`,
      [this.subscription],
    );
    const [{ owner, epoch, position } = { owner: null, epoch: '0', position: '0' }] = rows;
    const pid = owner === null ? undefined : Number(owner.split('/').at(-2));
    return { pid, epoch: BigInt(epoch), position: BigInt(position) };
  }

  async stop(): Promise<void> {
    if (!this.going) return;
    this.going = false;
    await this.done.finally(() => this.client.end());
  }

  private async watch(): Promise<void> {
    let [position, stillSince] = [-1n, performance.now()];
    while (this.going) {
      const { rows } = await this.client.query<{ head: string | null }>(
        'select max(position) as head from tidemark.events',
      );
      const now = await this.look();
      this.latest = now;
      const isStill = now.position === position && BigInt(rows[0]?.head ?? 0) > now.position;
      if (isStill) this.longestStillMs = Math.max(this.longestStillMs, performance.now() - stillSince);
      else stillSince = performance.now();
      position = now.position;
      await delay(20);
    }
  }
}
