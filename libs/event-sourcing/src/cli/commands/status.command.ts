import type { Command } from 'commander';
import type { CommandHost, CommandRun } from '../command-run.js';
import { counted, plain, shortened, spanOf } from '../terminal/text.js';
import { standingsOf, subscriptionTable } from './subscription-views.js';

/** `tidemark status` */
export function addStatusCommand(program: Command, host: CommandHost): void {
  program
    .command('status')
    .description('one screen: the feed, the subscriptions and who runs them, dead letters, the schema')
    .action(host.action(status));
}

async function status({ terminal, json, open }: CommandRun) {
  const session = await open();
  const { address, storage, deadLetters, server, migrator } = session;
  const facts = await server.facts();
  const feed = await storage.heldHorizon();
  const { subscriptions, members } = await standingsOf(session);
  const { bySubscription: _bySubscription, ...letters } = await deadLetters.stats();
  const { applied } = await migrator.status();
  const processes = members.filter(({ expiredForSeconds }) => expiredForSeconds < 0).map(({ owner }) => owner);
  const schemaVersion = applied.at(-1);
  if (json) {
    const { host, schema } = address;
    const database = { host, name: facts.database, user: facts.user, version: facts.version };
    return terminal.json({ database, schema, schemaVersion, feed, processes, deadLetters: letters, subscriptions });
  }
  const fact = (name: string, text: string): void =>
    terminal.line(`${terminal.look('bold', name.padEnd(14))}${shortened(plain(text), terminal.width - 14)}`);
  fact('database', `${facts.database} on ${address.host} as ${facts.user}, PostgreSQL ${facts.version}`);
  fact('schema', `${address.schema}, ${schemaVersion}`);
  fact('head', String(feed.head));
  fact('horizon', horizonText(feed));
  fact('processes', processes.length === 0 ? 'none alive' : `${processes.length} alive`);
  for (const owner of processes)
    terminal.line(`${' '.repeat(14)}${shortened(plain(owner), terminal.width - 14, 'middle')}`);
  fact('dead letters', deadLetterText(letters));
  if (subscriptions.length === 0) return terminal.line('\nNo subscription has ever run on this store.');
  terminal.line();
  subscriptionTable(terminal, subscriptions);
}

function horizonText({
  head,
  horizon,
  holderPid,
  ageSeconds,
}: {
  readonly head: bigint;
  readonly horizon: bigint;
  readonly holderPid: number | undefined;
  readonly ageSeconds: number;
}): string {
  if (horizon >= head) return `${horizon}, the head`;
  const holder = holderPid === undefined ? 'a prepared transaction' : `backend ${holderPid}`;
  return `${horizon}, held by ${holder} for ${spanOf(ageSeconds)}`;
}

function deadLetterText({
  parked,
  redriving,
  oldestAt,
}: {
  readonly parked: number;
  readonly redriving: number;
  readonly oldestAt: Date | undefined;
}): string {
  if (parked + redriving === 0) return 'none open';
  const age = oldestAt === undefined ? '' : `, the oldest ${spanOf((Date.now() - oldestAt.getTime()) / 1_000)} old`;
  return `${counted(parked, 'parked', 'parked')}, ${redriving} redriving${age}`;
}
