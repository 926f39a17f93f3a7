/**
 * Runs the contestants by turns and gives the figures of each, one per round: `{ name: [figure, ...] }`. A first round warms
 * up and does not count, unless `warmUp` is false. Each round begins with another one and goes the other way round, so that none is always the one
 * after a checkpoint of the server or after the same neighbour.
 *
 * @param contestants `{ name: (round) => Promise<figure> }`
 * @param limits so many `rounds`; fewer, but one at least, where `deadline` (of `performance.now()`) is over before
 */
export async function pairedRounds(contestants, { rounds, deadline = Infinity, warmUp = true }) {
  const names = Object.keys(contestants);
  const figures = Object.fromEntries(names.map((name) => [name, []]));
  for (let round = warmUp ? -1 : 0; round < rounds && (round < 1 || performance.now() < deadline); round++) {
    for (const name of orderOf(names, round + 1)) {
      // Nobody pays for the young garbage of the one before; needs --expose-gc. All of it would take longer than a short turn.
      globalThis.gc?.({ type: 'minor' });
      const figure = await contestants[name](round);
      if (round >= 0) figures[name].push(figure);
    }
  }
  return figures;
}

/** The names, begun with another one each round, every other round backwards. */
export function orderOf(names, round) {
  const from = Math.floor(round / 2) % names.length;
  const turned = [...names.slice(from), ...names.slice(0, from)];
  return round % 2 === 0 ? turned : turned.reverse();
}
