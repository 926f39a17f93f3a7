import type { TestApi } from '@tidemark/event-sourcing/testing';
import fc from 'fast-check';
import type { EncodedEvent, ExpectedVersion } from '../../libs/event-sourcing/src/core/index.js';
import type { EncodedAppend, EventStorage, FeedFilter } from '../../libs/event-sourcing/src/event-store/index.js';
import { eventOf, type EventStoreModel } from './event-store.model.js';

/** The store under test, with streams that no other run uses. */
export interface RealStore {
  readonly storage: EventStorage;
  readonly streams: readonly string[];
}

/** Types of the events of the commands. */
const TYPES = ['a.x', 'a.y', 'b.x'] as const;
const TENANTS = [undefined, 'a', 'b'] as const;
const STREAMS = 4;

type Command = fc.AsyncCommand<EventStoreModel, RealStore>;
type Expect = TestApi['expect'];

/** How the events of an append come about: new ones, a run of the stream's own, or any known ones among new ones. */
type EventsPlan =
  | { readonly kind: 'new'; readonly types: readonly string[] }
  | { readonly kind: 'run'; readonly from: number; readonly length: number; readonly reversed: boolean }
  | { readonly kind: 'mixed'; readonly picks: readonly (number | undefined)[] };

interface AppendPlan {
  readonly stream: number;
  /** A number is added to the version that the stream has. */
  readonly expected: 'any' | 'noStream' | 'streamExists' | number | { readonly exactly: number };
  /** `undefined`: that of the stream, or the first of all for a new one. */
  readonly tenant: number | undefined;
  readonly events: EventsPlan;
}

const eventsPlan: fc.Arbitrary<EventsPlan> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ kind: fc.constant('new'), types: types(1, 4) }) },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('run'),
      from: fc.nat(6),
      length: fc.integer({ min: 1, max: 4 }),
      reversed: fc.oneof({ weight: 4, arbitrary: fc.constant(false) }, fc.boolean()),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('mixed'),
      picks: fc.array(fc.option(fc.nat(40), { nil: undefined }), { minLength: 1, maxLength: 4 }),
    }),
  },
);

const appendPlan: fc.Arbitrary<AppendPlan> = fc.record({
  stream: fc.nat(STREAMS - 1),
  expected: fc.oneof(
    fc.constantFrom('any', 'any', 'noStream', 'streamExists'),
    fc.constantFrom(0, 0, 0, 1, -1),
    fc.record({ exactly: fc.nat(6) }),
  ),
  tenant: fc.oneof({ weight: 5, arbitrary: fc.constant(undefined) }, fc.nat(TENANTS.length - 1)),
  events: eventsPlan,
});

function types(minLength: number, maxLength: number): fc.Arbitrary<string[]> {
  return fc.array(fc.constantFrom(...TYPES), { minLength, maxLength });
}

/** A batch of appends, judged by the model and compared with what the store says and has. */
class AppendCommand implements Command {
  constructor(
    private readonly expect: Expect,
    private readonly plans: readonly AppendPlan[],
    private readonly atomic: boolean,
  ) {}

  check(): boolean {
    return true;
  }

  async run(model: EventStoreModel, { storage, streams }: RealStore): Promise<void> {
    const used = new Set<string>();
    const appends = this.plans.map((plan) => resolve(plan, model, streams[plan.stream] as string, used));
    const verdicts = model.judge(appends, this.atomic);
    const outcomes = await storage.append(appends, { atomic: this.atomic });
    this.expect(outcomes.length).toBe(appends.length);

    const after = model.events.at(-1)?.position ?? model.start;
    const { events: stored } = await storage.readFeed({ after, limit: 1_000 });
    for (const [index, { streamId, tenantId, events }] of appends.entries()) {
      const verdict = verdicts[index];
      const own = stored.filter((event) => event.streamId === streamId);
      const isStored = verdict?.outcome === 'appended';
      this.expect(own.map(({ id }) => id)).toEqual(isStored ? events.map(({ id }) => id) : []);
      for (const event of own) this.expect(event.tenantId).toBe(tenantId);
      const positions = { firstPosition: own[0]?.position, lastPosition: own.at(-1)?.position };
      this.expect(outcomes[index]).toEqual(isStored ? { ...verdict, ...positions } : verdict);
    }
    this.expect(stored.every(({ streamId }) => appends.some((append) => append.streamId === streamId))).toBe(true);
    model.record(stored);
  }

  toString(): string {
    return `append(${this.atomic ? 'atomic' : 'each'}, ${fc.stringify(this.plans)})`;
  }
}

/** A stretch of a stream, compared with the model's. */
class ReadStreamCommand implements Command {
  constructor(
    private readonly expect: Expect,
    private readonly query: {
      stream: number;
      from: number;
      to: number;
      limit: number;
      backwards: boolean;
      tenant: number;
    },
  ) {}

  check(): boolean {
    return true;
  }

  async run(model: EventStoreModel, { storage, streams }: RealStore): Promise<void> {
    const { stream, from, to, limit, backwards } = this.query;
    const streamId = streams[stream] as string;
    const tenantId = TENANTS[this.query.tenant];
    const direction = backwards ? 'backwards' : 'forwards';
    const events = await storage.readStream({ streamId, fromVersion: from, toVersion: to, direction, limit, tenantId });
    const wanted = model
      .ofStream(streamId)
      .filter((event) => event.version >= from && event.version <= to)
      .filter((event) => tenantId === undefined || event.tenantId === tenantId);
    if (backwards) wanted.reverse();
    this.expect(events.map(brief)).toEqual(wanted.slice(0, limit).map(brief));
    this.expect(await storage.streamVersion(streamId)).toBe(model.ofStream(streamId).length);
  }

  toString(): string {
    return `readStream(${fc.stringify(this.query)})`;
  }
}

/** A page of the feed, compared with the model's. */
class ReadFeedCommand implements Command {
  constructor(
    private readonly expect: Expect,
    private readonly query: { skip: number; limit: number; types: string[] | undefined; tenant: number },
  ) {}

  check(): boolean {
    return true;
  }

  async run(model: EventStoreModel, { storage }: RealStore): Promise<void> {
    const { skip, limit } = this.query;
    const filter: FeedFilter = { types: this.query.types, tenantId: TENANTS[this.query.tenant] };
    const after = skip === 0 ? model.start : (model.events[skip - 1]?.position ?? model.start);
    const page = await storage.readFeed({ after, limit, filter });
    const wanted = model.feed(after, limit, filter);
    this.expect(page.events.map(brief)).toEqual(wanted.map(brief));
    this.expect(page.upTo).toBe(wanted.length === limit ? wanted.at(-1)?.position : page.horizon);
    this.expect(page.horizon).toBe(page.head);
  }

  toString(): string {
    return `readFeed(${fc.stringify(this.query)})`;
  }
}

/** Sequences of appends and reads. */
export function eventStoreCommands(expect: Expect): fc.Arbitrary<Iterable<Command>> {
  const plans = fc.uniqueArray(appendPlan, { minLength: 1, maxLength: 3, selector: ({ stream }) => stream });
  const tenant = fc.constantFrom(0, 0, 1, 2);
  const limit = fc.integer({ min: 1, max: 8 });
  const append = fc.tuple(plans, fc.boolean()).map((parts) => new AppendCommand(expect, ...parts));
  const readStream = fc
    .record({ stream: fc.nat(STREAMS - 1), from: version(), to: version(), limit, backwards: fc.boolean(), tenant })
    .map((query) => new ReadStreamCommand(expect, query));
  const wanted = fc.array(fc.constantFrom(...TYPES, 'a.*', '*', 'none'), { maxLength: 2 });
  const readFeed = fc
    .record({ skip: fc.nat(20), limit, types: fc.option(wanted, { nil: undefined }), tenant })
    .map((query) => new ReadFeedCommand(expect, query));
  return fc.commands([append, append, append, readStream, readFeed], { size: '+1', maxCommands: 40 });
}

function version(): fc.Arbitrary<number> {
  return fc.oneof(fc.integer({ min: 1, max: 12 }), fc.constant(2_147_483_647));
}

function resolve(plan: AppendPlan, model: EventStoreModel, streamId: string, used: Set<string>): EncodedAppend {
  const stream = model.ofStream(streamId);
  const tenantId = plan.tenant === undefined ? stream[0]?.tenantId : TENANTS[plan.tenant];
  // An id may stand once in a batch; where the plan gives it twice, the second is a new one.
  const events = resolveEvents(plan.events, model, streamId).map((event) => {
    if (used.has(event.id)) return eventOf(event.type);
    used.add(event.id);
    return event;
  });
  return { streamId, tenantId, events, expectedVersion: resolveExpected(plan.expected, stream.length) };
}

function resolveExpected(expected: AppendPlan['expected'], version: number): ExpectedVersion {
  if (typeof expected === 'string') return expected;
  return typeof expected === 'number' ? Math.max(0, version + expected) : expected.exactly;
}

function resolveEvents(plan: EventsPlan, model: EventStoreModel, streamId: string): EncodedEvent[] {
  if (plan.kind === 'new') return plan.types.map((type) => eventOf(type));
  if (plan.kind === 'mixed') {
    const known = model.events;
    return plan.picks.map((pick) => eventOf('a.x', pick === undefined ? undefined : known[pick % known.length]?.id));
  }
  const stream = model.ofStream(streamId);
  const from = stream.length === 0 ? 0 : plan.from % stream.length;
  const run = stream.slice(from, from + plan.length).map(({ type, id }) => eventOf(type, id));
  if (run.length === 0) return [eventOf('b.x')];
  return plan.reversed ? run.reverse() : run;
}

function brief(event: { id: string; version: number; position: bigint; streamId: string; tenantId?: string }) {
  const { id, version, position, streamId, tenantId } = event;
  return { id, version, position, streamId, tenantId };
}
