/** What the contracts ask of a matcher; those of Jest and Vitest fit. */
export interface Matchers {
  toBe(expected: unknown): void;
  toEqual(expected: unknown): void;
  toMatchObject(expected: object): void;
  toBeInstanceOf(expected: unknown): void;
  toBeGreaterThan(expected: number | bigint): void;
}

/** What the contracts ask of a test framework; hand over those of Jest, Vitest or whatever has the same shape. */
export interface TestApi {
  describe(name: string, body: () => void): void;
  it(name: string, body: () => Promise<void>, timeoutMs?: number): void;
  expect(actual: unknown): Matchers;
}
