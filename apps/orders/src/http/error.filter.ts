import { type ArgumentsHost, Catch, HttpException, HttpStatus, Logger } from '@nestjs/common';
import { BaseExceptionFilter } from '@nestjs/core';
import {
  AggregateNotFoundError,
  ConcurrencyError,
  InvalidArgumentError,
  isDatabaseUnreachable,
  PoolTimeoutError,
  WaitTimeoutError,
} from '@tidemark/event-sourcing';
import { type ServerResponse, STATUS_CODES } from 'node:http';
import { RuleError } from '../domain/rule.error.js';

const RETRY_AFTER_SECONDS = 1;

/** Answers errors as `{ statusCode, error, message }`, with a `code` where the error has one; hides what is nobody's business. */
@Catch()
export class ErrorFilter extends BaseExceptionFilter {
  private readonly logger = new Logger(ErrorFilter.name);

  override catch(error: unknown, host: ArgumentsHost): void {
    const exception = toHttpException(error);
    if (exception?.getStatus() === HttpStatus.SERVICE_UNAVAILABLE) {
      host.switchToHttp().getResponse<ServerResponse>().setHeader('Retry-After', RETRY_AFTER_SECONDS);
    }
    // What the answer leaves out is for the operator.
    if (isDatabaseUnreachable(error)) this.logger.error(error);
    super.catch(exception ?? error, host);
  }
}

function toHttpException(error: unknown): HttpException | undefined {
  if (error instanceof RuleError) {
    return answer(HttpStatus.UNPROCESSABLE_ENTITY, error.message, { code: error.code });
  }
  if (error instanceof AggregateNotFoundError) {
    return answer(HttpStatus.NOT_FOUND, `There is no ${error.category} with the id ${error.id}.`, { code: error.code });
  }
  if (error instanceof ConcurrencyError) {
    const { code, streamId, expectedVersion, actualVersion } = error;
    const category = streamId.split('-', 1)[0];
    const message = `The ${category} is at version ${actualVersion} by now. Read it again and decide anew.`;
    return answer(HttpStatus.CONFLICT, message, { code, expectedVersion, actualVersion });
  }
  if (error instanceof WaitTimeoutError) {
    const message = 'The read model has not caught up with that position yet. Try again.';
    return answer(HttpStatus.SERVICE_UNAVAILABLE, message, { code: error.code });
  }
  if (error instanceof PoolTimeoutError) {
    const message = 'The database has no connection free. Try again.';
    return answer(HttpStatus.SERVICE_UNAVAILABLE, message, { code: error.code });
  }
  if (error instanceof InvalidArgumentError) {
    return answer(HttpStatus.BAD_REQUEST, error.message, { code: error.code });
  }
  if (error instanceof HttpException) {
    // What the body parser refuses comes with nothing but a text.
    return typeof error.getResponse() === 'string' ? answer(error.getStatus(), error.message) : undefined;
  }
  if (isDatabaseUnreachable(error)) {
    const message = 'The database cannot be reached. Try again.';
    return answer(HttpStatus.SERVICE_UNAVAILABLE, message, { code: 'DATABASE_UNREACHABLE' });
  }
  return undefined;
}

function answer(statusCode: number, message: string, more: object = {}): HttpException {
  return new HttpException({ statusCode, error: STATUS_CODES[statusCode], message, ...more }, statusCode);
}
