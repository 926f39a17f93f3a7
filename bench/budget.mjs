/** Divides the time of a run among its rows; what a row does not use, those after it have. */
export class Budget {
  #left;
  #end;

  /** @param rows with their `share`, 1 by default */
  constructor(rows, budgetMs, now = performance.now()) {
    this.#left = rows.reduce((sum, row) => sum + shareOf(row), 0);
    this.#end = now + budgetMs;
  }

  /** When the row that begins now has to be done, by `performance.now()`. */
  deadlineOf(row, now = performance.now()) {
    const part = shareOf(row) / this.#left;
    this.#left -= shareOf(row);
    return now + Math.max(0, this.#end - now) * part;
  }
}

function shareOf({ share = 1 }) {
  return share;
}
