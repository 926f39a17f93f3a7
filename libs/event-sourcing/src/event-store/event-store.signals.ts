import { defineSignal } from '../core/index.js';

/** An append was answered. */
export interface AppendCompleted {
  readonly streamId: string;
  readonly category: string;
  readonly eventCount: number;
  readonly types: readonly string[];
  readonly version: number;
  readonly position: bigint;
  readonly repeated: boolean;
  /** Place among the streams that one call appends to, from 0; they have one duration. */
  readonly index: number;
  readonly durationSeconds: number;
}

/** An append was refused or failed. */
export interface AppendFailed {
  readonly streamId: string;
  readonly category: string;
  readonly error: unknown;
  /** Place among the streams that one call appends to, from 0; they have one error and one duration. */
  readonly index: number;
  readonly durationSeconds: number;
}

/** A page of a stream or of the feed was read. */
export interface PageRead {
  readonly of: 'stream' | 'feed';
  readonly eventCount: number;
  readonly durationSeconds: number;
}

export const APPEND_COMPLETED = defineSignal<AppendCompleted>('event-store.append-completed');
export const APPEND_FAILED = defineSignal<AppendFailed>('event-store.append-failed');
export const PAGE_READ = defineSignal<PageRead>('event-store.page-read');
