import type { DataSource, EntityManager, EntitySubscriberInterface, QueryRunner } from 'typeorm';

/** Calls back when transactions of a DataSource have committed, whoever began them. */
export class AfterCommit {
  private readonly callbacks = new WeakMap<QueryRunner, Set<() => void>>();

  constructor(dataSource: DataSource) {
    const subscriber: EntitySubscriberInterface = {
      afterTransactionCommit: ({ queryRunner }) => {
        // The end of a savepoint; nobody else sees anything yet.
        if (queryRunner.isTransactionActive) return;
        for (const callback of this.take(queryRunner)) callback();
      },
      afterTransactionRollback: ({ queryRunner }) => {
        if (!queryRunner.isTransactionActive) this.take(queryRunner);
      },
    };
    dataSource.subscribers.push(subscriber);
  }

  /** Calls back once when the transaction that `manager` is in has committed, never where it is rolled back. */
  add({ queryRunner }: EntityManager, callback: () => void): void {
    if (queryRunner === undefined) return;
    const callbacks = this.callbacks.get(queryRunner) ?? new Set();
    this.callbacks.set(queryRunner, callbacks.add(callback));
  }

  private take(queryRunner: QueryRunner): ReadonlySet<() => void> {
    const callbacks = this.callbacks.get(queryRunner) ?? new Set();
    this.callbacks.delete(queryRunner);
    return callbacks;
  }
}
