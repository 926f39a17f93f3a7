/** Where neither the size nor the number of all connections is given; the driver's own. */
const DEFAULT_POOL_SIZE = 10;

/** With less, whoever holds one connection and needs another waits for himself. */
const LEAST_POOL_SIZE = 2;

/** What the environment says of the pool. */
export interface PoolVariables {
  readonly DATABASE_POOL_SIZE?: number;
  readonly MAX_DB_CONNECTIONS?: number;
  readonly INSTANCE_COUNT?: number;
}

/**
 * The size of a process's pool: what is asked for, or its share of 90 % of all connections without the one that it has beside
 * the pool. The last tenth is for migrations, operators and the processes that a deployment has too many for a moment.
 */
export function poolSizeOf(given: PoolVariables, problems: string[]): number {
  const { DATABASE_POOL_SIZE: asked, MAX_DB_CONNECTIONS: most, INSTANCE_COUNT: instances } = given;
  if (most === undefined) {
    if (instances !== undefined) {
      problems.push('INSTANCE_COUNT divides MAX_DB_CONNECTIONS, which is not set. Set both or none.');
    }
    return asked ?? DEFAULT_POOL_SIZE;
  }
  const share = Math.floor((most * 9) / (10 * (instances ?? 1))) - 1;
  const sharing = `MAX_DB_CONNECTIONS (${most}) divided by INSTANCE_COUNT (${instances ?? 1})`;
  if (share < LEAST_POOL_SIZE) {
    const left = `leaves a process a pool of ${Math.max(0, share)}`;
    problems.push(`${sharing} ${left}, and it takes ${LEAST_POOL_SIZE}. Raise the one or lower the other.`);
  } else if (asked !== undefined && asked > share) {
    problems.push(
      `DATABASE_POOL_SIZE (${asked}) is more than the ${share} that ${sharing} leaves. Leave it out, or lower it.`,
    );
  }
  return asked ?? share;
}
