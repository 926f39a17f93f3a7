import type { StoreSession } from '../store-session.js';
import { counted, spanOf } from '../terminal/text.js';
import { type Standing, type Standings, standingsOf } from '../commands/subscription-views.js';
import { type Finding, problem, warning } from './finding.js';

/** Age of the oldest event that waits from which on a subscription is behind, in seconds. */
const BEHIND_SECONDS = 300;

const RUN_IT = 'Start a process of the app that runs it.';

/** Subscriptions, the processes that run them, and their dead letters. */
export async function checkSubscriptions(session: StoreSession): Promise<Finding[]> {
  const standings = await standingsOf(session);
  const { head } = await session.storage.horizon();
  return [
    ...standings.subscriptions.flatMap((one) => [...stateFindings(one), ...progressFindings(one, head)]),
    ...deadProcesses(standings),
    ...(await deadLetters(session)),
  ];
}

function stateFindings({ name, state, pausedReason, partitions, members, rebuild }: Standing): Finding[] {
  const of = `Subscription '${name}'`;
  switch (state) {
    case 'paused': {
      const what = `Run 'tidemark subscriptions resume ${name}' when that is over.`;
      return [warning('subscription-paused', `${of} is paused: ${pausedReason}`, what)];
    }
    case 'never_started': {
      const why = members.length === 0 ? RUN_IT : `See the log of ${members.join(', ')}: it may have failed to begin.`;
      return [warning('subscription-never-started', `${of} is on record and has never handled anything.`, why)];
    }
    case 'unowned':
    case 'partly_owned': {
      const free = partitions.filter(({ owner }) => owner === undefined).map(({ partition }) => partition);
      const message = `No process works on ${counted(free.length, 'partition')} of subscription '${name}' (${free.join(', ')}).`;
      const what =
        members.length === 0
          ? RUN_IT
          : `They should be taken within seconds; if not, see the log of ${members.join(', ')}.`;
      return [warning('subscription-unowned', message, `${what} If it was removed or renamed, see the run book.`)];
    }
    case 'rebuilding': {
      if (rebuild?.phase !== 'requested') return [];
      const message = `A rebuild of subscription '${name}' is asked for and has not begun; nothing is handled until then.`;
      const what = members.length === 0 ? RUN_IT : `See the log of ${members.join(', ')} for why it could not go on.`;
      return [warning('rebuild-not-begun', message, what)];
    }
    case 'running':
      return [];
  }
}

function progressFindings(
  { name, state, position, lagEvents, lagSeconds = 0, partitions }: Standing,
  head: bigint,
): Finding[] {
  const ahead = partitions.filter((one) => one.position !== undefined && one.position > head);
  if (ahead.length > 0) {
    const message = `Subscription '${name}' has a checkpoint beyond the head ${head}: the events are from an older back-up.`;
    return [
      problem(
        'checkpoint-ahead',
        message,
        "See 'A checkpoint ahead of the feed' in the run book before anything is appended.",
      ),
    ];
  }
  if (state !== 'running' || lagSeconds < BEHIND_SECONDS) return [];
  const message = `Subscription '${name}' is at position ${position}, up to ${lagEvents} events and ${spanOf(lagSeconds)} behind.`;
  const what = `If its position does not move, see the log of its processes; if it does, give it @OnBatch, partitions or processes.`;
  return [warning('subscription-behind', message, what)];
}

function deadProcesses({ leases, members }: Standings): Finding[] {
  const isLiving = new Set(members.filter(({ expiredForSeconds }) => expiredForSeconds < 0).map(({ owner }) => owner));
  const stale = leases.filter(({ expiredForSeconds, owner }) => expiredForSeconds >= 0 && !isLiving.has(owner));
  const found = [...Map.groupBy(stale, ({ owner }) => owner)].map(([owner, held]) => {
    const names = held.map(({ subscription, partition }) => `${subscription}/${partition}`).join(', ');
    const since = spanOf(Math.max(...held.map(({ expiredForSeconds }) => expiredForSeconds)));
    const message = `Process '${owner}' never gave its leases back, which expired ${since} ago: ${names}.`;
    return warning(
      'lease-stale',
      message,
      'It died or is cut off. A living process takes them over by itself; if there is none, start one.',
    );
  });
  const gone = members
    .filter(({ expiredForSeconds }) => expiredForSeconds >= 0)
    .map(({ owner, expiredForSeconds }) => {
      const message = `Process '${owner}' ended ${spanOf(expiredForSeconds)} ago without saying so.`;
      return warning(
        'member-stale',
        message,
        'See why it ended, if you do not know. Its row is cleared away by itself, an hour later.',
      );
    });
  return [...found, ...gone];
}

async function deadLetters({ deadLetters: queue }: StoreSession): Promise<Finding[]> {
  const { bySubscription } = await queue.stats();
  return Object.entries(bySubscription).flatMap(([name, { parked, oldestAt }]) => {
    if (parked === 0) return [];
    const age = oldestAt === undefined ? '' : `, the oldest ${spanOf((Date.now() - oldestAt.getTime()) / 1_000)} old`;
    const message = `Subscription '${name}' has ${counted(parked, 'parked dead letter')}${age}; later events of their streams wait.`;
    const what = `See 'tidemark dead-letters list --subscription ${name} --state parked'; mend the cause, then redrive.`;
    return [warning('dead-letters-parked', message, what)];
  });
}
