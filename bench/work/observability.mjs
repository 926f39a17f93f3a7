import { context as contexts, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { BatchSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import { comparison } from '../comparison.mjs';
import { atMost } from '../goals.mjs';
import { milliseconds } from '../load.mjs';
import { nothingProjection, READ_MODEL, upsertProjection } from '../projections.mjs';
import { pairedRounds } from '../rounds.mjs';
import { openTidemark } from '../tidemark.mjs';

const OFF = 'the same with both off';
/** In a round's order. A handler that does nothing leaves nothing to compare with but the loop itself: to look at, without a goal. */
const WORK = {
  'append-1': { work: 'append 1 event, 1 in flight', isGoal: true },
  'append-16': { work: 'append 1 event, 16 in flight', isGoal: true },
  'projection-catch-up': { work: 'projection catch-up with those events, one upsert per event', isGoal: true },
  'no-op-catch-up': { work: 'catch-up with those events, no-op handler', isGoal: false },
};
/** `off` twice: what differs between the two is the noise of the machine. */
const VARIANTS = {
  off: {},
  'off again': {},
  metrics: { options: { metrics: true }, goal: atMost(1.05) },
  tracing: { options: { tracing: true }, goal: atMost(1.1) },
};
/** Many short rounds in place of few long ones: what is looked for is smaller than what one round is off by. */
const MORE_ROUNDS = 3;

/** Sending spans is the exporter's cost, and keeping them would be the cost of a growing heap. */
const DISCARDING = {
  export: (_spans, done) => done({ code: 0 }),
  forceFlush: () => Promise.resolve(),
  shutdown: () => Promise.resolve(),
};

/** What metrics and tracing add to an append, and to the catch-up with what was appended. */
export const observability = {
  name: 'observability',
  work: 'metrics and tracing',
  unit: 'µs/event',
  goal: 'metrics ≤ 1.05×, tracing ≤ 1.1×',
  sizes: { quick: { events: 200 }, full: { events: 2_000 } },
  async run(context) {
    startTracing(context);
    const apps = {};
    for (const [name, { options }] of Object.entries(VARIANTS)) apps[name] = await openVariant(context, name, options);
    context.tell('append and catch-up by turns, with and without');
    const turn = (name) => () => appendThenCatchUp(apps[name], context.size.events);
    const contestants = Object.fromEntries(Object.keys(VARIANTS).map((name) => [name, turn(name)]));
    return lines(await pairedRounds(contestants, { ...context.limits, rounds: context.limits.rounds * MORE_ROUNDS }));
  },
};

function lines(figures) {
  return Object.entries(WORK).flatMap(([part, { work, isGoal }]) => {
    const of = (name) => figures[name].map((round) => round[part]);
    const [first, second] = [of('off'), of('off again')];
    // Each round against both of the plain ones in the same round.
    const plain = first.map((us, round) => (us + second[round]) / 2);
    return Object.entries(VARIANTS)
      .slice(1)
      .map(([name, { goal }]) => {
        const about = { name: `observability/${part}-${name.replace(' ', '-')}`, work: `${work}, ${name}` };
        return comparison(
          { ...about, unit: observability.unit, referenceName: OFF, ...(isGoal && { goal }) },
          of(name),
          plain,
        );
      });
  });
}

async function openVariant(context, name, options = {}) {
  const url = await context.database(name);
  await context.server.query(READ_MODEL, [], url);
  const open = (projection) => openTidemark(context, { url, ...options, feature: { projections: [projection] } });
  // Two apps, so that each catches up alone.
  return {
    main: await open(upsertProjection({ name: 'observed' })),
    noOp: await open(nothingProjection({ name: 'observed-no-op' })),
  };
}

async function appendThenCatchUp({ main, noOp }, events) {
  const perEvent = async (count, work) => ((await milliseconds(work)) * 1_000) / count;
  const append = (inFlight, count) =>
    perEvent(count, () => {
      let left = count;
      const writer = async () => {
        while (left-- > 0) await main.append();
      };
      return Promise.all(Array.from({ length: inFlight }, writer));
    });
  const catchUp = (app) => perEvent(events, () => app.subscriptions.runToHead());
  // One after the other takes longer, and fewer are enough.
  const alone = Math.ceil(events / 4);
  return {
    'append-1': await append(1, alone),
    'append-16': await append(16, events - alone),
    'projection-catch-up': await catchUp(main),
    'no-op-catch-up': await catchUp(noOp),
  };
}

/** As an application sets it up; taken away with the row, so that the others run without. */
function startTracing(context) {
  const provider = new TracerProvider({ spanProcessors: [new BatchSpanProcessor({ exporter: DISCARDING })] });
  contexts.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  trace.setGlobalTracerProvider(provider);
  context.onClose(async () => {
    trace.disable();
    contexts.disable();
    await provider.shutdown();
  });
}
