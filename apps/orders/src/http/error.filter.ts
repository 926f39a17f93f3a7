import { type ArgumentsHost, Catch, HttpException, HttpStatus } from '@nestjs/common';
import { BaseExceptionFilter } from '@nestjs/core';
import {
  AggregateNotFoundError,
  ConcurrencyError,
  InvalidArgumentError,
  PoolTimeoutError,
  WaitTimeoutError,
} from '@tidemark/event-sourcing';
import { type ServerResponse, STATUS_CODES } from 'node:http';
import { RuleError } from '../domain/rule.error.js';

const RETRY_AFTER_SECONDS = 1;

/** Answers errors as `{ statusCode, error, message }`, with a `code` where the error has one; hides what is nobody's business. */
@Catch()
export class ErrorFilter extends BaseExceptionFilter {
  override catch(error: unknown, host: ArgumentsHost): void {
    if (error instanceof WaitTimeoutError || error instanceof PoolTimeoutError) {
      host.switchToHttp().getResponse<ServerResponse>().setHeader('Retry-After', RETRY_AFTER_SECONDS);
    }
    super.catch(toHttpException(error) ?? error, host);
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
  // What the body parser refuses comes with nothing but a text.
  if (error instanceof HttpException && typeof error.getResponse() === 'string') {
    return answer(error.getStatus(), error.message);
  }
  return undefined;
}

function answer(statusCode: number, message: string, more: object = {}): HttpException {
  return new HttpException({ statusCode, error: STATUS_CODES[statusCode], message, ...more }, statusCode);
}
