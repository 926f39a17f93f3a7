import type { FeedFilter } from '../event-storage.js';

/** A filter as statements take it: types, patterns, categories, tenant, partitions, partition; null lets all through. */
export function filterValues({ types, categories, tenantId, partition }: FeedFilter): readonly unknown[] {
  const patterns = types?.filter((type) => type.endsWith('*')).map(toLikePattern);
  return [types, patterns, categories, tenantId, partition?.count, partition?.index].map((value) => value ?? null);
}

function toLikePattern(pattern: string): string {
  return `${pattern.slice(0, -1).replace(/[\\%_]/g, '\\$&')}%`;
}
