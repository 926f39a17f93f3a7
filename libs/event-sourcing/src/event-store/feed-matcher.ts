import type { StoredEvent } from '../core/index.js';
import type { FeedFilter } from './event-storage.js';

type Matcher = (event: StoredEvent) => boolean;

/** The test that a feed filter puts to each event; prepared once per page. */
export function feedMatcher({ types, categories, tenantId, partition }: FeedFilter): Matcher {
  const matchers: Matcher[] = [];
  if (types !== undefined) matchers.push(typeMatcher(types));
  if (categories !== undefined) {
    const wanted = new Set(categories);
    matchers.push(({ category }) => wanted.has(category));
  }
  if (tenantId !== undefined) matchers.push((event) => event.tenantId === tenantId);
  if (partition !== undefined) {
    const { index, count } = partition;
    matchers.push(({ partitionSlot }) => partitionSlot % count === index);
  }
  return (event) => matchers.every((matches) => matches(event));
}

function typeMatcher(types: readonly string[]): Matcher {
  const names = new Set(types);
  const prefixes = types.filter((type) => type.endsWith('*')).map((pattern) => pattern.slice(0, -1));
  return ({ type }) => names.has(type) || prefixes.some((prefix) => type.startsWith(prefix));
}
