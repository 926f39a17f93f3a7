import { BadRequestException, createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { IncomingMessage } from 'node:http';

const GREATEST_VERSION = 2_147_483_647;

/** The version of an order as an entity tag. */
export function etagOf(version: number): string {
  return `"${version}"`;
}

/**
 * The version that an `If-Match` header asks for, as a tag (`"3"`), a weak tag (`W/"3"`) or a bare number; `undefined` where any
 * will do: no header, or `*`.
 */
export function parseIfMatch(header: string | undefined): number | undefined {
  const text = header?.trim();
  if (text === undefined || text === '*') return undefined;
  const [, quoted, bare] = /^(?:(?:W\/)?"(\d{1,10})"|(\d{1,10}))$/.exec(text) ?? [];
  const version = Number(quoted ?? bare);
  if (version >= 1 && version <= GREATEST_VERSION) return version;
  throw new BadRequestException(
    'If-Match: must be the version of the order as its ETag gives it, for example "3", or * for any.',
  );
}

/** The version that the request's `If-Match` asks for, by {@link parseIfMatch}. */
export const IfMatch = createParamDecorator((_data: unknown, context: ExecutionContext) =>
  parseIfMatch(context.switchToHttp().getRequest<IncomingMessage>().headers['if-match']),
);
