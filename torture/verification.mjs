import { createHash } from 'node:crypto';

/** Compares what is stored with what was acknowledged, delivered and applied. */
export async function verify({ database, writers, reader }) {
  const stored = (
    await database.query(
      'select event_id as id, stream_id as "streamId", version, type, data::text from tidemark.events order by position',
    )
  ).map((event) => ({ ...event, data: JSON.parse(event.data) }));
  const applied = await database.query(
    'select projection, event_id as id, stream as "streamId", version from torture_applied order by n',
  );
  const corrections = stored.filter(({ type }) => type === 'torture.corrected');
  const appliedBy = (name) => applied.filter(({ projection }) => projection === name);
  const findings = [
    compare('the feed', stored, reader.delivered),
    compare("'torture-ledger'", stored, appliedBy('torture-ledger')),
    compare("'torture-corrections'", corrections, appliedBy('torture-corrections')),
    compareAcknowledged(stored, writers),
  ];
  const sum = (field) => findings.reduce((total, finding) => total + finding[field], 0);
  const problems = [
    ...findings.flatMap(describe),
    ...(await wrongRows(database, stored, corrections)),
    ...(await wronglyParked(database, stored)),
  ];
  const figures = { stored: stored.length, delivered: reader.delivered.length };
  return { ...figures, lost: sum('lost'), repeated: sum('repeated'), outOfOrder: sum('outOfOrder'), problems };
}

/** Of `wanted`, each once, the streams in order? */
function compare(what, wanted, given) {
  const seen = new Set();
  const versions = new Map();
  let outOfOrder = 0;
  for (const { id, streamId, version } of given) {
    if (seen.has(id)) continue;
    seen.add(id);
    if (version < (versions.get(streamId) ?? 0)) outOfOrder += 1;
    versions.set(streamId, version);
  }
  const lost = wanted.filter(({ id }) => !seen.has(id)).length;
  return { what, lost, repeated: given.length - seen.size, outOfOrder };
}

/** Everything acknowledged is stored, nothing that was rolled back is. */
function compareAcknowledged(stored, { acknowledged, withdrawn }) {
  const ids = new Set(stored.map(({ id }) => id));
  const lost = [...acknowledged].filter((id) => !ids.has(id)).length;
  const kept = [...withdrawn].filter((id) => ids.has(id)).length;
  return { what: 'the store, of acknowledged and rolled back events', lost, repeated: kept, outOfOrder: 0 };
}

function describe({ what, lost, repeated, outOfOrder }) {
  if (lost + repeated + outOfOrder === 0) return [];
  return [`${what}: ${lost} events lost, ${repeated} repeated, ${outOfOrder} out of order`];
}

/** Rows of the read model that are not the fold of the events. */
async function wrongRows(database, stored, corrections) {
  const ledger = await database.query('select stream, version, sum::int, chain from torture_ledger');
  const corrected = await database.query('select stream, count, sum::int from torture_corrections');
  return [
    ...differences('torture_ledger', fold(stored, intoLedger), ledger),
    ...differences('torture_corrections', fold(corrections, intoCorrections), corrected),
  ];
}

function fold(events, into) {
  const rows = new Map();
  for (const event of events) rows.set(event.streamId, into(rows.get(event.streamId), event));
  return rows;
}

function intoLedger(row, { id, streamId: stream, version, data: { amount } }) {
  const chain = createHash('md5')
    .update(`${row?.chain ?? ''}${id}`)
    .digest('hex');
  return { stream, version, sum: (row?.sum ?? 0) + amount, chain };
}

function intoCorrections(row, { streamId: stream, data: { amount } }) {
  return { stream, count: (row?.count ?? 0) + 1, sum: (row?.sum ?? 0) + amount };
}

function differences(table, wanted, rows) {
  const found = new Map(rows.map((row) => [row.stream, JSON.stringify(row)]));
  const wrong = [...wanted].filter(([stream, row]) => found.get(stream) !== JSON.stringify(row));
  const extra = rows.filter(({ stream }) => !wanted.has(stream)).length;
  if (wrong.length + extra === 0) return [];
  const [[stream, row] = []] = wrong;
  const example = stream === undefined ? '' : `; ${JSON.stringify(row)} is ${found.get(stream) ?? 'absent'}`;
  return [`${table}: ${wrong.length + extra} of ${wanted.size} rows are not the fold of the events${example}`];
}

/** What was parked although nothing was wrong with it: neither kills nor restarts are the event's fault. */
async function wronglyParked(database, stored) {
  const letters = await database.query(
    `select event_id as id, subscription, error_class, message, attempts::text from tidemark.dead_letters where reason = 'failed'`,
  );
  const poison = new Set(stored.filter(({ data }) => data.poison).map(({ id }) => id));
  return letters
    .filter(({ id }) => !poison.has(id))
    .map(
      ({ id, subscription, error_class: errorClass, message, attempts }) =>
        `'${subscription}' parked event ${id}, which is no poison: ${errorClass}: ${message}; ${attempts}`,
    );
}
