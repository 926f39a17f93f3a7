import { DataSource, type QueryRunner } from 'typeorm';
import { NoDatabaseError } from '../errors.js';

/**
 * A TypeORM DataSource without a database. Repositories and managers can be made of it, so that an app starts as ever;
 * whatever then asks the database gets a {@link NoDatabaseError}.
 */
export class AbsentDataSource extends DataSource {
  constructor(private readonly dataSourceName: string) {
    super({ type: 'postgres' });
  }

  override async initialize(): Promise<this> {
    throw new NoDatabaseError(this.dataSourceName);
  }

  override createQueryRunner(): QueryRunner {
    throw new NoDatabaseError(this.dataSourceName);
  }

  override getMetadata(): never {
    throw new NoDatabaseError(this.dataSourceName);
  }
}
