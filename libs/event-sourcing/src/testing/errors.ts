import { TidemarkError } from '../core/index.js';

/** Something asked for the database of a test that has none. */
export class NoDatabaseError extends TidemarkError {
  readonly code = 'NO_DATABASE';

  constructor(
    /** Name of the TypeORM DataSource. */
    readonly dataSource: string,
  ) {
    super(
      `This test has no database: EventSourcingTestingModule has taken the DataSource '${dataSource}' out. Replace what asks ` +
        `for it by overrideProvider(...), or keep the DataSource by naming only others as 'dataSources'.`,
    );
  }
}

/** What was appended has not been handled by all subscriptions. */
export class NotSettledError extends TidemarkError {
  readonly code = 'NOT_SETTLED';

  constructor(
    /** `parked`: in the dead letter queue. `halted`: a subscription stands still. `timeout`: the time was over. */
    readonly reason: 'parked' | 'halted' | 'timeout',
    detail: string,
    options?: ErrorOptions,
  ) {
    super(`The app has not settled: ${detail}`, options);
  }
}
