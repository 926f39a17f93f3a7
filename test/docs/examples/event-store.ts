import { type AppendResult, type EventStore, NewEvent, type RecordedEvent } from '@tidemark/event-sourcing';
import type { DataSource } from 'typeorm';
import { AccountCredited, AccountDebited, AccountOpened } from './account.js';

export async function appendToOneStream(store: EventStore): Promise<AppendResult> {
  const { version } = await store.append('account-1', [new AccountOpened('ada')], { expectedVersion: 'noStream' });
  return store.append('account-1', [new AccountCredited(10)], { expectedVersion: version });
}

export async function repeatAnAppend(store: EventStore): Promise<readonly AppendResult[]> {
  const paid = new NewEvent(new AccountCredited(5), {
    id: '0193a5b0-7d1c-7c2e-9f6b-3b6c1f0e4a55',
    occurredAt: new Date('2026-03-01T12:00:00Z'),
    metadata: { actor: 'ada', custom: { channel: 'web' } },
  });
  const first = await store.append('account-1', [paid]);
  const second = await store.append('account-1', [paid]); // second.repeated is true, all else is as in first
  return [first, second];
}

export async function appendToTwoStreams(store: EventStore): Promise<readonly AppendResult[]> {
  return store.appendToStreams([
    { streamId: 'account-1', events: [new AccountDebited(3)], expectedVersion: 'streamExists' },
    { streamId: 'account-2', events: [new AccountOpened('bob'), new AccountCredited(3)], expectedVersion: 'noStream' },
  ]);
}

export async function joinATransaction(store: EventStore, dataSource: DataSource, amount: number): Promise<void> {
  await dataSource.transaction(async (manager) => {
    await store.append('account-1', [new AccountCredited(amount)], { manager });
    await manager.query('insert into receipts (account, amount) values ($1, $2)', ['account-1', amount]);
  });
}

export async function readAStream(store: EventStore): Promise<readonly string[]> {
  const lines: string[] = [];
  for await (const { version, type, data } of store.readStream('account-1')) {
    lines.push(`${version} ${type} ${JSON.stringify(data)}`);
  }
  return lines;
}

export async function readTheLastEvent(store: EventStore): Promise<RecordedEvent | undefined> {
  for await (const event of store.readStream('account-1', { direction: 'backwards', limit: 1 })) return event;
  return undefined;
}

export async function readTheFeed(store: EventStore, after: bigint): Promise<bigint> {
  let reached = after;
  for await (const event of store.readAll({ after, types: ['account.credited', 'customer.*'], limit: 1_000 })) {
    reached = event.position;
  }
  return reached;
}
