import { rounded } from './statistics.mjs';

/** A goal that the ratio Tidemark / reference must reach. */
export function atLeast(least) {
  return { text: `≥ ${least}×`, of: 'ratio', atLeast: least };
}

/** A goal that the ratio Tidemark / reference must exceed. */
export function moreThan(least) {
  return { text: `> ${least}×`, of: 'ratio', moreThan: least };
}

/** A goal that the ratio Tidemark / reference must stay below. */
export function lessThan(most) {
  return { text: `< ${most}×`, of: 'ratio', lessThan: most };
}

/** A goal that the ratio Tidemark / reference must not exceed. */
export function atMost(most) {
  return { text: `≤ ${most}×`, of: 'ratio', atMost: most };
}

/** A goal that Tidemark's own figure must not exceed. */
export function figureAtMost(most, unit) {
  return { text: `≤ ${most} ${unit}`, of: 'tidemark', atMost: most };
}

/** Whether a comparison reaches the goal; `null` where there is none. By the figure as it is told, not by digits that are not. */
export function isMet(goal, { ratio, tidemark }) {
  if (goal === undefined) return null;
  const figure = rounded(goal.of === 'ratio' ? ratio : tidemark);
  if (goal.atLeast !== undefined) return figure >= goal.atLeast;
  if (goal.moreThan !== undefined) return figure > goal.moreThan;
  return goal.atMost === undefined ? figure < goal.lessThan : figure <= goal.atMost;
}
