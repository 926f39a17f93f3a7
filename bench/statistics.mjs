/**
 * The middle of the numbers; of an even count, the mean of the two in the middle.
 *
 * @param {readonly number[]} numbers
 */
export function median(numbers) {
  if (numbers.length === 0) throw new RangeError('there is no median of nothing');
  const sorted = [...numbers].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/**
 * The least number that at least this share of the numbers does not exceed (nearest rank).
 *
 * @param {readonly number[]} numbers
 * @param {number} share
 */
export function percentile(numbers, share) {
  if (numbers.length === 0) throw new RangeError('there is no percentile of nothing');
  const sorted = [...numbers].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)];
}

/**
 * Least and greatest of the numbers.
 *
 * @param {readonly number[]} numbers
 */
export function spread(numbers) {
  return [Math.min(...numbers), Math.max(...numbers)];
}

/**
 * Each round's figure over the other's figure of the same round: what the machine did in a round, it did to both.
 *
 * @param {readonly number[]} figures
 * @param {readonly number[]} references
 */
export function pairedRatios(figures, references) {
  if (figures.length !== references.length)
    throw new RangeError('ratios need as many rounds of the one as of the other');
  return figures.map((figure, round) => figure / references[round]);
}

/**
 * Rounded to so many digits that matter, as a number.
 *
 * @param {number} number
 */
export function rounded(number, digits = 4) {
  return Number(number.toPrecision(digits));
}
