import type { Right, SchemaAccess, SchemaObject } from '../../database/index.js';
import type { StoreSession } from '../store-session.js';
import { advice, type Finding, problem, warning } from './finding.js';

/** What the checks of the schema say, and whether there is a store to go on with. */
export interface SchemaChecked {
  readonly findings: Finding[];
  /** Whether the tables can be looked at. */
  readonly isReadable: boolean;
}

/** The schema: its version, what of it is missing, and what the user may do there. */
export async function checkSchema({ schema, address, server }: StoreSession): Promise<SchemaChecked> {
  const { schema: name, database } = address;
  const access = await schema.access();
  if (access === undefined) {
    const message = `There is no schema '${name}' in database '${database}'.`;
    const what = "Run 'tidemark migrate up', or name the right schema by --schema.";
    return { findings: [problem('schema-missing', message, what)], isReadable: false };
  }
  const { user } = await server.facts();
  const rights = accessFindings(access, user, name);
  const damage = await schema.damage();
  const isMigrated = !damage.missing.some((one) => one.kind === 'table' && one.name === 'migrations');
  if (!isMigrated) {
    const message = `Schema '${name}' holds no store: it has no table 'migrations'.`;
    const findings = [problem('schema-missing', message, "Run 'tidemark migrate up'."), ...rights];
    return { findings, isReadable: false };
  }
  return {
    findings: [...rights, ...damageFindings(damage.missing, damage.unusable, name)],
    isReadable:
      access.usage &&
      unreadable(access).length === 0 &&
      !damage.missing.some(({ kind }) => kind === 'table' || kind === 'function'),
  };
}

/** The version of the schema against the migrations of this release; wants the right to read their list. */
export async function checkMigrations({ migrator, address: { schema } }: StoreSession): Promise<Finding[]> {
  const { pending, unknown } = await migrator.status();
  const findings: Finding[] = [];
  if (pending.length > 0) {
    const message = `Schema '${schema}' lacks the migrations ${pending.join(', ')}.`;
    findings.push(problem('schema-outdated', message, "Run 'tidemark migrate up'."));
  }
  if (unknown.length > 0) {
    const message = `Schema '${schema}' was migrated by a newer release: ${unknown.join(', ')}.`;
    findings.push(problem('schema-too-new', message, 'Use the tidemark of that release, and deploy it.'));
  }
  return findings;
}

function damageFindings(
  missing: readonly SchemaObject[],
  unusable: readonly SchemaObject[],
  schema: string,
): Finding[] {
  const lost = missing.map(({ kind, name }) => {
    const message = `The ${kind} '${name}' of schema '${schema}' is missing.`;
    const what = `Make it again as the migrations do: look for '${name}' in the package's folder migrations.`;
    return problem(`${kind}-missing`, message, what);
  });
  const broken = unusable.map(({ kind, name }) =>
    kind === 'trigger'
      ? problem(
          'trigger-disabled',
          `The trigger '${name}' of schema '${schema}' is switched off: recorded events are not protected.`,
          `alter table "${schema}".events enable trigger ${name}, and find out what was changed meanwhile.`,
        )
      : problem(
          'index-invalid',
          `The index '${name}' of schema '${schema}' is invalid and is not used.`,
          `reindex index concurrently "${schema}"."${name}".`,
        ),
  );
  return [...lost, ...broken];
}

function accessFindings(access: SchemaAccess, user: string, schema: string): Finding[] {
  const { usage, isOwner, mayChangeEvents, missing } = access;
  if (isOwner) {
    const message = `User '${user}' has the rights of the owner of schema '${schema}', who can switch its rules off.`;
    return [
      advice(
        'user-is-owner',
        message,
        'For operators that is well; run apps as a role in tidemark_app, see docker/postgres/roles.sql.',
      ),
    ];
  }
  const findings: Finding[] = [];
  if (mayChangeEvents) {
    const message = `User '${user}' has been granted update, delete or truncate on events, which no app needs.`;
    findings.push(
      warning('rights-too-wide', message, `revoke update, delete, truncate on "${schema}".events from the role.`),
    );
  }
  const unwritable = missing.filter(({ right }) => right !== 'select' && right !== 'execute').map(({ name }) => name);
  if (usage && unreadable(access).length === 0 && isReader(unwritable)) {
    const message = `User '${user}' may read and nothing else: it cannot pause, reset, redrive or run anything.`;
    return [
      ...findings,
      advice('user-reads-only', message, 'For reports that is well; steer as a role in tidemark_app.'),
    ];
  }
  if (!usage || missing.length > 0) {
    const lacked = missing.map(({ name, right }) => `${right} on ${name}`);
    const list = [...(usage ? [] : [`usage of the schema`]), ...lacked].slice(0, 8).join(', ');
    const more = lacked.length > 8 ? ` and ${lacked.length - 8} more` : '';
    const message = `User '${user}' lacks what an app needs in schema '${schema}': ${list}${more}.`;
    findings.push(
      problem('rights-missing', message, 'Run docker/postgres/roles.sql again, and connect as a role in tidemark_app.'),
    );
  }
  return findings;
}

/** What is missing to look at the store; to append is another thing. */
function unreadable({ missing }: SchemaAccess): readonly Right[] {
  return missing.filter(
    ({ name, right }) => right === 'select' || (right === 'execute' && !name.startsWith('append_event')),
  );
}

// Who may write none of these was not meant to.
function isReader(unwritable: readonly string[]): boolean {
  return ['checkpoints', 'leases', 'members', 'subscriptions', 'dead_letters'].every((table) =>
    unwritable.includes(table),
  );
}
