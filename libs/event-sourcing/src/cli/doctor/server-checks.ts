import type { ServerFacts } from '../../database/index.js';
import type { StoreSession } from '../store-session.js';
import { spanOf } from '../terminal/text.js';
import { advice, type Finding, type Patience, problem, warning } from './finding.js';

const LEAST_VERSION = 14;
const NEWEST_VERSION = 18;

/** Share of the connections from which on they are running out. */
const FULL_SHARE = 0.8;

/** The server: its version, how it is set, and who is connected. */
export async function checkServer({ server }: StoreSession, { transactionSeconds }: Patience): Promise<Finding[]> {
  const facts = await server.facts();
  const findings = serverFindings(facts);
  for (const role of await server.rolesWithoutDurability()) {
    findings.push(
      problem(
        'role-synchronous-commit-off',
        `Commits of role '${role}' do not wait for the disk: a crash of the server loses events that were acknowledged.`,
        `alter role "${role}" reset synchronous_commit, and restart what is connected as it.`,
      ),
    );
  }
  for (const { pid, application, user, state, ageSeconds } of await server.longTransactions(transactionSeconds)) {
    findings.push(
      warning(
        'long-transaction',
        `Backend ${pid} (${application || 'no application name'}, user ${user || 'not to be seen'}) has had a transaction open ` +
          `for ${spanOf(ageSeconds ?? 0)}; it is ${state ?? 'in a state not to be seen'}.`,
        `See what it does; select pg_terminate_backend(${pid}) ends it. It keeps vacuum from its work, and may hold the horizon.`,
      ),
    );
  }
  for (const { gid, ageSeconds } of await server.preparedTransactions(transactionSeconds)) {
    findings.push(
      warning(
        'prepared-transaction',
        `Transaction '${gid}' was prepared ${spanOf(ageSeconds)} ago and awaits its second phase; it holds its locks even over a restart.`,
        `commit prepared or rollback prepared it by its name, as its coordinator would have done.`,
      ),
    );
  }
  return findings;
}

/** What the facts of a server say by themselves. */
export function serverFindings(facts: ServerFacts): Finding[] {
  return [...versionFindings(facts), ...durabilityFindings(facts), ...connectionFindings(facts)];
}

function versionFindings({ versionNumber, version, isReplica }: ServerFacts): Finding[] {
  const major = Math.floor(versionNumber / 10_000);
  const findings: Finding[] = [];
  if (major < LEAST_VERSION) {
    const what = `Upgrade to PostgreSQL ${LEAST_VERSION} to ${NEWEST_VERSION}.`;
    findings.push(problem('server-version', `The server is PostgreSQL ${version}, which is too old.`, what));
  }
  if (major > NEWEST_VERSION) {
    const message = `The server is PostgreSQL ${version}; this release was tried with ${LEAST_VERSION} to ${NEWEST_VERSION}.`;
    findings.push(warning('server-version', message, 'See whether a newer release of Tidemark knows it.'));
  }
  if (isReplica) {
    const message = 'The server is a replica: nothing can be appended, and the feed cannot be read on it.';
    findings.push(problem('replica', message, 'Connect to the primary.'));
  }
  return findings;
}

function durabilityFindings({ fsync, fullPageWrites, synchronousCommit }: ServerFacts): Finding[] {
  const findings: Finding[] = [];
  if (fsync !== 'on') {
    const message = 'fsync is off: a crash of the machine can destroy the whole database.';
    findings.push(
      problem('fsync-off', message, 'alter system set fsync = on, then select pg_reload_conf(). Take a back-up.'),
    );
  }
  if (fullPageWrites !== 'on') {
    const message = 'full_page_writes is off: a crash of the machine can leave torn pages.';
    findings.push(
      problem('full-page-writes-off', message, 'alter system set full_page_writes = on, then select pg_reload_conf().'),
    );
  }
  if (synchronousCommit === 'off') {
    const message = 'synchronous_commit is off: a crash of the server loses events that were acknowledged.';
    const what =
      "Set it to 'on' where it was switched off: for the server, the database or the user; see pg_db_role_setting.";
    findings.push(problem('synchronous-commit-off', message, what));
  }
  return findings;
}

function connectionFindings(facts: ServerFacts): Finding[] {
  const { connections, maxConnections, idleInTransactionTimeoutMs, seesAllSessions, user } = facts;
  const findings: Finding[] = [];
  if (connections >= FULL_SHARE * maxConnections) {
    const message = `${connections} of ${maxConnections} connections of the server are in use.`;
    const what = 'Make the pools smaller, run fewer processes, put a pooler in between, or raise max_connections.';
    findings.push(warning('connections', message, what));
  }
  if (idleInTransactionTimeoutMs === 0) {
    const message =
      'idle_in_transaction_session_timeout is 0: a session that forgets its transaction may hold the horizon for ever.';
    const what = `Give the roles of the apps a limit, such as alter role … set idle_in_transaction_session_timeout = '60s'.`;
    findings.push(advice('idle-in-transaction-timeout', message, what));
  }
  if (!seesAllSessions) {
    const message = `User '${user}' does not see what sessions of other roles do, so they may be left out here.`;
    findings.push(advice('sessions-hidden', message, `grant pg_read_all_stats to "${user}".`));
  }
  return findings;
}
