import { expect } from '@jest/globals';
import type pg from 'pg';

/** What a database of the orders app has on record. */
export interface OrderBooks {
  readonly events: number;
  readonly head: bigint;
  /** Events up to the checkpoint. */
  readonly handled: number;
  /** What the projection says that it has handled. */
  readonly counted: number;
  readonly checkpoint: bigint;
  readonly deadLetters: number;
  /** Orders whose row is not what their events up to the checkpoint make of it. */
  readonly wrong: number;
}

const BOOKS = `
  with mark as (select position, handled from tidemark.checkpoints where subscription = 'order-summary'),
  folded as (
    select substr(stream_id, 7) as id, max(version) as version from tidemark.events
    where position <= (select position from mark) group by 1
  )
  select (select count(*)::int from tidemark.events) as events,
    (select max(position) from tidemark.events) as head,
    (select count(*)::int from tidemark.events where position <= (select position from mark)) as handled,
    (select handled::int from mark) as counted,
    (select position from mark) as checkpoint,
    (select count(*)::int from tidemark.dead_letters) as "deadLetters",
    (select count(*)::int from folded full join order_summaries o on o.id::text = folded.id
      where o.version is distinct from folded.version) as wrong`;

export async function readBooks(client: pg.Client): Promise<OrderBooks> {
  const { rows } = await client.query<OrderBooks & { head: string; checkpoint: string }>(BOOKS);
  const [row] = rows;
  return { ...row!, head: BigInt(row!.head), checkpoint: BigInt(row!.checkpoint) };
}

/** Checkpoint and read model agree: each event up to it was handled, once, and none beyond it. */
export function expectAgreement(books: OrderBooks): void {
  expect(books).toMatchObject({ counted: books.handled, deadLetters: 0, wrong: 0 });
  expect(books.checkpoint).toBeLessThanOrEqual(books.head);
}
