const FACTORS = { k: 1_000, m: 1_000_000 };

/**
 * The whole number that a text such as `250000`, `250k` or `10m` says; throws where it says none.
 *
 * @param {string} name of the option
 * @param {string} text
 */
export function numberOf(name, text) {
  const [, digits, letter = ''] = /^(\d+)([km]?)$/i.exec(text.replaceAll('_', '')) ?? [];
  const value = Number(digits) * (FACTORS[letter.toLowerCase()] ?? 1);
  if (Number.isSafeInteger(value) && value >= 1) return value;
  throw new Error(`--${name} is '${text}'; give a whole number such as 250000, 250k or 10m.`);
}

/** The same in short, for people: `250k`. */
export function shortNumber(number) {
  if (number >= 1_000_000 && number % 1_000_000 === 0) return `${number / 1_000_000}m`;
  return number >= 1_000 && number % 1_000 === 0 ? `${number / 1_000}k` : String(number);
}
