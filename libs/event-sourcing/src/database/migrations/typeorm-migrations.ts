import type { MigrationInterface, QueryRunner } from 'typeorm';
import { quoteSchema } from '../schema-name.js';
import type { MigrationFile } from './migration-files.js';

/** Makes TypeORM migration classes of SQL files, to run in the given schema. */
export function toTypeOrmMigrations(files: readonly MigrationFile[], schema: string): (new () => MigrationInterface)[] {
  return files.map(
    (file) =>
      class implements MigrationInterface {
        readonly name = migrationName(file);

        async up(queryRunner: QueryRunner): Promise<void> {
          await runIn(schema, queryRunner, file.up);
        }

        async down(queryRunner: QueryRunner): Promise<void> {
          await runIn(schema, queryRunner, file.down);
        }
      },
  );
}

/** The name under which TypeORM records a migration; it wants 13 digits at the end and sorts by them. */
export function migrationName({ number, name }: MigrationFile): string {
  return `${name}_${String(number).padStart(13, '0')}`;
}

async function runIn(schema: string, queryRunner: QueryRunner, sql: string): Promise<void> {
  // The functions keep this path. pg_catalog, unnamed, comes first and pg_temp last, or an object that somebody else put
  // into the schema or among the temporary ones could stand in for a built-in or for one of ours.
  await queryRunner.query(`set local search_path to ${quoteSchema(schema)}, pg_temp`);
  await queryRunner.query(sql);
  await queryRunner.query('set local search_path to default');
}
