import { setTimeout as delay } from 'node:timers/promises';
import { DeadLetterQueue, SubscriptionManager } from '@tidemark/event-sourcing';

/** Waits until something poisonous has been parked, however far behind the workers are; or nothing is left to handle. */
async function someAreParked(app, reader, deadline) {
  while (performance.now() < deadline) {
    const { parked, redriving, resolved } = await app.get(DeadLetterQueue).stats();
    if (parked + redriving + resolved > 0 || (await whatIsOpen(app, reader)).length === 0) return;
    await delay(100);
  }
}

/** Heals the poison, redrives all and waits until everything is handled; says what is stuck where it never is. */
export async function settle({ app, database, reader, tell }, withinMs) {
  const deadline = performance.now() + withinMs;
  await someAreParked(app, reader, deadline);
  await database.query('update torture_switch set healed = true');
  for (let look = 0; ; look++) {
    const stuck = await whatIsOpen(app, reader);
    if (stuck.length === 0) return [];
    if (performance.now() > deadline) return stuck.map((what) => `stuck ${withinMs / 1000} s after the end: ${what}`);
    if (look % 20 === 0) tell(`settling: ${stuck.join('; ')}`);
    await app.get(DeadLetterQueue).redrive('all');
    await delay(100);
  }
}

async function whatIsOpen(app, reader) {
  const open = [];
  const subscriptions = await app.get(SubscriptionManager).status();
  for (const { name, position, head } of subscriptions) {
    if (position === undefined || position < head) open.push(`'${name}' is at ${position ?? 'nothing'} of ${head}`);
    if (reader.position < head) open.push(`the reader is at ${reader.position} of ${head}`);
  }
  const { parked, redriving } = await app.get(DeadLetterQueue).stats();
  if (parked + redriving > 0) open.push(`${parked} dead letters are parked, ${redriving} redriving`);
  return [...new Set(open)];
}
