import { isMet } from './goals.mjs';
import { median, pairedRatios, rounded, spread } from './statistics.mjs';

/**
 * One line of the results: Tidemark's rounds against those of one reference.
 *
 * @param {{ name: string, work: string, unit: string, referenceName: string, goal?: object, detail?: object }} about the
 *   detail is told with the line
 * @param {readonly number[]} tidemark
 * @param {readonly number[]} reference
 */
export function comparison({ name, work, unit, referenceName, goal, detail }, tidemark, reference) {
  const ratios = pairedRatios(tidemark, reference);
  const ratio = median(ratios);
  const own = median(tidemark);
  return {
    name,
    work,
    unit,
    tidemark: rounded(own),
    reference: rounded(median(reference)),
    referenceName,
    ratio: rounded(ratio),
    goal: goal?.text ?? null,
    met: isMet(goal, { ratio, tidemark: own }),
    ...(goal && boundsOf(goal)),
    better: betterOf(unit),
    rounds: ratios.length,
    spread: { tidemark: rounds(spread(tidemark)), reference: rounds(spread(reference)), ratio: rounds(spread(ratios)) },
    ...(detail && { detail }),
  };
}

/** One line per reference, of all that one series of rounds measured. `goals`: by the name of the reference. */
export function comparisons({ name, work, unit, ...told }, figures, goals = {}) {
  const { tidemark, ...references } = figures;
  return Object.entries(references).map(([referenceName, reference]) =>
    comparison({ name, work, unit, ...told, referenceName, goal: goals[referenceName] }, tidemark, reference),
  );
}

function boundsOf({ of, atLeast, moreThan, atMost, lessThan }) {
  return { goalOf: of, goalLeast: atLeast ?? moreThan, goalMost: atMost ?? lessThan };
}

function betterOf(unit) {
  return unit.endsWith('/s') ? 'higher' : 'lower';
}

/** @param {readonly number[]} numbers */
function rounds(numbers) {
  return numbers.map((number) => rounded(number));
}
