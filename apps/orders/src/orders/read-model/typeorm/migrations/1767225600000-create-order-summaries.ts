import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The read model of orders. Its indexes are read backwards, for the newest orders come first. */
export class CreateOrderSummaries1767225600000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      create table order_summaries (
        id uuid constraint order_summaries_pkey primary key,
        version integer not null,
        customer_id text not null,
        status text not null,
        items jsonb not null,
        total_cents bigint not null,
        tracking_number text,
        cancel_reason text,
        placed_at timestamptz(3) not null,
        updated_at timestamptz(3) not null
      )`);
    await queryRunner.query('create index order_summaries_by_time on order_summaries (placed_at, id)');
    await queryRunner.query('create index order_summaries_by_customer on order_summaries (customer_id, placed_at, id)');
    await queryRunner.query('create index order_summaries_by_status on order_summaries (status, placed_at, id)');
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('drop table order_summaries');
  }
}
