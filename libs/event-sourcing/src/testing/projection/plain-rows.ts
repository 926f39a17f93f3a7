/**
 * Rows as they are compared: instances of classes, such as TypeORM's entities, become plain objects, and fields that are
 * `undefined` count as absent. Dates, buffers, maps and the like stay what they are.
 */
export function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null || isBuiltIn(value)) return value;
  const fields = Object.entries(value).filter(([, inner]) => inner !== undefined);
  return Object.fromEntries(fields.map(([key, inner]) => [key, plain(inner)]));
}

function isBuiltIn(value: object): boolean {
  return Object.prototype.toString.call(value) !== '[object Object]';
}
