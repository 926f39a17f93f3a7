import { applyDecorators } from '@nestjs/common';
import {
  ApiBadRequestResponse,
  ApiConflictResponse,
  ApiHeader,
  ApiNotFoundResponse,
  ApiServiceUnavailableResponse,
  ApiUnprocessableEntityResponse,
} from '@nestjs/swagger';
import { errorView } from './order.schemas.js';
import { POSITION_HEADER } from './position-header.js';

const error = (description: string) => ({ description, standardSchema: errorView });
const header = (description: string) => ({ description, schema: { type: 'string' as const } });

const unavailable = (when: string) => ({
  ...error(`${when} Try again; \`code\` tells which.`),
  headers: { 'Retry-After': header('Seconds to wait before the next try.') },
});
const NO_DATABASE = 'The database cannot be reached, or has no connection free.';

/** Headers that a write answers with. */
export const RECEIPT_HEADERS = {
  ETag: header('Version of the order, for If-Match.'),
  [POSITION_HEADER]: header('Position of the write; a read that sends it back sees the write.'),
};

/** Headers that a read of one order answers with. */
export const VERSION_HEADERS = { ETag: header('Version of the order, for If-Match.') };

/** Documents a 503 for when there is no database to ask. */
export const ApiNeedsDatabase = () => ApiServiceUnavailableResponse(unavailable(NO_DATABASE));

/** Documents a 400 for input that is not valid. */
export const ApiValidates = () => ApiBadRequestResponse(error('Not valid; `message` names each field.'));

/** Documents a 404 for an order that does not exist. */
export const ApiFindsOrder = () => ApiNotFoundResponse(error('There is no such order.'));

/** Documents what a command on an existing order takes and how it can fail. */
export const ApiChangesOrder = () =>
  applyDecorators(
    ApiHeader({
      name: 'If-Match',
      description: 'ETag of the version that the caller has seen; any other is a conflict.',
      schema: { type: 'string', example: '"1"' },
    }),
    ApiValidates(),
    ApiFindsOrder(),
    ApiConflictResponse(error('The order is at another version than If-Match names; `actualVersion` tells which.')),
    ApiUnprocessableEntityResponse(error('The order does not allow this; `code` names the rule.')),
  );

/** Documents how a read waits for an earlier write. */
export const ApiReadsYourWrites = () =>
  applyDecorators(
    ApiHeader({
      name: POSITION_HEADER,
      description: 'Position that a write answered with; the read waits until it sees that write.',
      schema: { type: 'string', example: '42' },
    }),
    ApiServiceUnavailableResponse(unavailable(`The read model has not come to that position in time. ${NO_DATABASE}`)),
  );
