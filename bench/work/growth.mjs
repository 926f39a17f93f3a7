import { comparison } from '../comparison.mjs';
import { placed } from '../events.mjs';
import { atMost } from '../goals.mjs';
import { ratePerSecond } from '../load.mjs';
import { peakMemory } from '../memory.mjs';
import { openRawPg } from '../peers/raw-pg.mjs';
import { pairedRounds } from '../rounds.mjs';
import { seededStream } from '../seeded-rows.mjs';
import { seed } from '../seeding.mjs';
import { shortNumber } from '../sizes.mjs';
import { bytesPerEvent } from '../storage.mjs';
import { createApplication, openTidemark } from '../tidemark.mjs';

const SIZES = [10_000, 100_000, 1_000_000, 10_000_000];
const [SMALLEST] = SIZES;
const PAGE = 500;
const FLAT = atMost(1.2);

/** What is measured of each history, and on what of it. */
const COSTS = {
  append: { work: 'append to one of its streams', unit: 'µs', run: ({ store }, id) => store.append(id, placed(0)) },
  read: { work: 'read one of its streams, 10 events', unit: 'µs', run: (app, id) => app.readStream(id) },
  page: { work: `read a page of ${PAGE} of its feed`, unit: 'µs', run: (app, _id, after) => readPage(app, after) },
};

/** The same work on histories of different length, each in a database of its own, by turns. */
export const growth = {
  name: 'growth',
  work: 'cost as the history grows',
  unit: 'µs',
  goal: 'append, stream read and feed page ≤ 1.2× of those at 10k; memory ≤ 1.2×',
  share: 2,
  sizes: { quick: { durationMs: 100, memory: { timeoutMs: 2_000 } }, full: { durationMs: 1_000 } },
  async run(context) {
    const histories = [];
    for (const events of SIZES.filter((size) => size <= context.growth)) histories.push(await history(context, events));
    const lines = [];
    for (const [name, cost] of Object.entries(COSTS)) {
      context.tell(cost.work);
      const contestants = Object.fromEntries(
        histories.map((one) => [one.events, () => microseconds(context, one, cost.run)]),
      );
      const figures = await pairedRounds(contestants, context.limits);
      lines.push(...againstSmallest(name, cost, figures, FLAT));
    }
    return [...lines, ...(await memoryLines(context, histories)), ...(await storageLines(context, histories))];
  },
};

async function history(context, events) {
  const url = await context.database(shortNumber(events));
  await (await createApplication(url)).close();
  context.tell(`seeding ${shortNumber(events)} events`);
  const rate = await seed(url, events, context.tell);
  context.tell(`seeded ${Math.round(rate).toLocaleString('en-US')} events/s`);
  const storage = await bytesPerEvent(context, url);
  return { url, events, storage, seedRate: rate, app: await openTidemark(context, { url }) };
}

/** Microseconds of one piece of work on a place of the history that lies anywhere. */
async function microseconds({ size }, { app, events }, run) {
  let n = 0;
  const rate = await ratePerSecond({ inFlight: 1, ...size }, async () => {
    // Far from the place before, and the same places in every round.
    const place = (n++ * 1_299_709) % events;
    await run(app, seededStream(place, events), BigInt(Math.max(0, place - PAGE)));
    return 1;
  });
  return 1_000_000 / rate;
}

async function readPage({ store }, after) {
  let count = 0;
  for await (const { position } of store.readAll({ after, limit: PAGE })) count += position > after ? 1 : 0;
  if (count !== PAGE) throw new Error(`a page of ${PAGE} events of the feed was read as ${count}`);
}

/** A line for each longer history, against the shortest. */
function againstSmallest(name, { work, unit }, figures, goal) {
  return Object.keys(figures)
    .map(Number)
    .filter((events) => events !== SMALLEST)
    .map((events) =>
      comparison(
        {
          name: `growth/${name}-${shortNumber(events)}`,
          work: `history of ${shortNumber(events)}: ${work}`,
          ...{ unit, goal, referenceName: `the same of ${shortNumber(SMALLEST)}` },
          detail: { events, referenceEvents: SMALLEST },
        },
        figures[events],
        figures[SMALLEST],
      ),
    );
}

async function memoryLines(context, histories) {
  const cost = { work: 'memory of the process while a projection catches up', unit: 'MiB' };
  context.tell(cost.work);
  // Once, to have loaded and compiled all of it.
  await peakMemory(context, histories[0], context.size.memory);
  const figures = {};
  for (const one of histories) figures[one.events] = [await peakMemory(context, one, context.size.memory)];
  return againstSmallest('memory', cost, figures, FLAT);
}

/** What an event takes on disk, in the store and in the least table that could do the job. */
async function storageLines(context, histories) {
  const largest = histories.at(-1);
  const raw = await openRawPg(context);
  const rows = Math.min(largest.events, 100_000);
  await raw.seed(rows);
  const least = await bytesPerEvent(context, raw.url, ['events']);
  const about = {
    name: 'growth/storage',
    work: `table and indexes, history of ${shortNumber(largest.events)}`,
    ...{ unit: 'bytes/event', referenceName: `raw pg, two indexes, ${shortNumber(rows)}` },
    detail: {
      bytesPerEvent: Object.fromEntries(histories.map(({ events, storage }) => [events, storage.relations])),
      seededPerSecond: Object.fromEntries(histories.map(({ events, seedRate }) => [events, Math.round(seedRate)])),
    },
  };
  return [comparison(about, [largest.storage.total], [least.total])];
}
