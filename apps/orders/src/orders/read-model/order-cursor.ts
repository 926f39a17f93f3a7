import { z } from 'zod';

/** Where a page of orders ended: the sort key of its last order. */
export interface OrderCursor {
  readonly placedAt: Date;
  readonly id: string;
}

const parts = z.tuple([z.iso.datetime({ precision: 3 }), z.uuid()]);

/** The cursor as text that callers need not understand. */
export function encodeCursor({ placedAt, id }: OrderCursor): string {
  return Buffer.from(JSON.stringify([placedAt.toISOString(), id])).toString('base64url');
}

/** The cursor that {@link encodeCursor} made this text of; `undefined` for any other text. */
export function decodeCursor(text: string): OrderCursor | undefined {
  const { success, data } = parts.safeParse(parseJson(Buffer.from(text, 'base64url').toString()));
  if (!success) return undefined;
  const cursor = { placedAt: new Date(data[0]), id: data[1] };
  // Buffer skips what is no base64url, and there are several texts for some bytes: only our own counts.
  return encodeCursor(cursor) === text ? cursor : undefined;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
