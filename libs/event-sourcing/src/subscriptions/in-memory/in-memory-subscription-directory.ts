import {
  type Member,
  type NotedSubscription,
  type RebuildRecord,
  type SubscriptionControl,
  SubscriptionDirectory,
} from '../ownership/subscription-directory.js';

/** Who runs what, of one process. */
export class InMemorySubscriptionDirectory extends SubscriptionDirectory {
  private readonly noted = new Map<string, SubscriptionControl>();
  private readonly members = new Map<string, Member & { expiresAt: number }>();

  async register({ name, version, partitions, resettable }: NotedSubscription): Promise<SubscriptionControl> {
    const known = this.noted.get(name) ?? { version, partitions, pausedReason: undefined, rebuild: undefined };
    const isNewer = resettable && version > known.version;
    const control = isNewer ? { ...known, version, partitions, rebuild: requestedNow(true) } : known;
    this.noted.set(name, control);
    return control;
  }

  async setPaused(name: string, reason: string | undefined): Promise<void> {
    this.change(name, (control) => ({ ...control, pausedReason: reason }));
  }

  async controls(): Promise<ReadonlyMap<string, SubscriptionControl>> {
    return new Map(this.noted);
  }

  async requestRebuild(name: string): Promise<void> {
    this.change(name, (control) => {
      const { rebuild } = control;
      return rebuild !== undefined && rebuild.finishedAt === undefined
        ? control
        : { ...control, rebuild: requestedNow(false) };
    });
  }

  async beginRebuild(name: string, scope: { readonly target: bigint; readonly total: bigint }): Promise<boolean> {
    const rebuild = this.noted.get(name)?.rebuild;
    if (rebuild === undefined || rebuild.startedAt !== undefined) return false;
    this.change(name, (control) => ({ ...control, rebuild: { ...rebuild, ...scope, startedAt: new Date() } }));
    return true;
  }

  async withdrawRebuild(name: string): Promise<void> {
    this.change(name, (control) => {
      const { rebuild } = control;
      const isKept = rebuild === undefined || rebuild.isDue || rebuild.startedAt !== undefined;
      return isKept ? control : { ...control, rebuild: undefined };
    });
  }

  async finishRebuild(name: string): Promise<void> {
    this.change(name, (control) => {
      const { rebuild } = control;
      if (rebuild?.startedAt === undefined || rebuild.finishedAt !== undefined) return control;
      return { ...control, rebuild: { ...rebuild, finishedAt: new Date() } };
    });
  }

  async heartbeat(member: Member, ttlMs: number): Promise<readonly Member[]> {
    this.members.set(member.owner, { ...member, expiresAt: Date.now() + ttlMs });
    const alive = [...this.members.values()].filter(({ expiresAt }) => expiresAt > Date.now());
    return alive.map(({ expiresAt: _expiresAt, ...alike }) => alike);
  }

  async leave(owner: string): Promise<void> {
    this.members.delete(owner);
  }

  private change(name: string, to: (control: SubscriptionControl) => SubscriptionControl): void {
    const control = this.noted.get(name);
    if (control !== undefined) this.noted.set(name, to(control));
  }
}

function requestedNow(isDue: boolean): RebuildRecord {
  return {
    requestedAt: new Date(),
    isDue,
    startedAt: undefined,
    finishedAt: undefined,
    target: undefined,
    total: undefined,
  };
}
