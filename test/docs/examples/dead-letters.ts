import type { DeadLetterQueue } from '@tidemark/event-sourcing';

export async function redriveParked(deadLetters: DeadLetterQueue): Promise<void> {
  const { letters } = await deadLetters.list({ subscription: 'balances', state: 'parked' });
  for (const { streamId, type, message } of letters) console.log(`${type} of ${streamId}: ${message}`);
  await deadLetters.redrive({ subscription: 'balances' });
}
