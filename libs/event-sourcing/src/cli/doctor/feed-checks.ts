import type { StoreSession } from '../store-session.js';
import { spanOf } from '../terminal/text.js';
import { type Finding, type Patience, problem } from './finding.js';

/** The horizon: who holds it, and for how long. */
export async function checkFeed({ storage, server }: StoreSession, { horizonSeconds }: Patience): Promise<Finding[]> {
  const { head, horizon, holderPid, ageSeconds } = await storage.heldHorizon();
  if (horizon >= head || ageSeconds < horizonSeconds) return [];
  const held = `The horizon has been held at ${horizon}, below the head ${head}, for ${spanOf(ageSeconds)}`;
  if (holderPid === undefined) {
    const message = `${held} by a prepared transaction: subscriptions see nothing that was appended since.`;
    return [
      problem('horizon-held', message, 'select gid from pg_prepared_xacts; commit prepared or rollback prepared it.'),
    ];
  }
  const backend = await server.backend(holderPid);
  const who = backend === undefined ? 'which has ended since' : describe(backend);
  const message = `${held} by backend ${holderPid} (${who}): subscriptions see nothing that was appended since.`;
  return [
    problem(
      'horizon-held',
      message,
      `Its transaction has appended and does not end. End it in its application, or by select pg_terminate_backend(${holderPid}), which rolls it back.`,
    ),
  ];
}

function describe({
  application,
  user,
  state,
}: {
  application: string;
  user: string;
  state: string | undefined;
}): string {
  return `${application || 'no application name'}, user ${user || 'not to be seen'}, ${state ?? 'state not to be seen'}`;
}
