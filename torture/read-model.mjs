/** The tables of both projections. `torture_applied` counts doubles rather than refusing them, so it has no key on the event. */
export const READ_MODEL = `
  create table torture_ledger (stream text primary key, version int not null, sum bigint not null, chain text not null);
  create table torture_corrections (stream text primary key, count int not null, sum bigint not null);
  create table torture_applied (n bigserial primary key, projection text not null, event_id uuid not null,
    stream text not null, version int not null);
  create table torture_switch (healed boolean not null);
  insert into torture_switch values (false);
`;

/** Marks an event as applied by a projection. */
export async function noteApplied({ id, streamId, version }, { manager, subscription }) {
  await manager.query('insert into torture_applied (projection, event_id, stream, version) values ($1, $2, $3, $4)', [
    subscription,
    id,
    streamId,
    version,
  ]);
}

/** Folds an event into the row of its stream; `chain` hashes the ids in the order of their handling. */
export async function foldIntoLedger({ id, streamId, version, data }, { manager }) {
  await manager.query(
    `insert into torture_ledger as l (stream, version, sum, chain) values ($1, $2, $3, md5($4))
     on conflict (stream) do update
     set version = excluded.version, sum = l.sum + excluded.sum, chain = md5(l.chain || $4)`,
    [streamId, version, data.amount, id],
  );
}

/** Counts a correction into the row of its stream. */
export async function foldIntoCorrections({ streamId, data }, { manager }) {
  await manager.query(
    `insert into torture_corrections as c (stream, count, sum) values ($1, 1, $2)
     on conflict (stream) do update set count = c.count + 1, sum = c.sum + excluded.sum`,
    [streamId, data.amount],
  );
}

/** Whether poisoned events can be handled now. */
export async function isHealed(manager) {
  const [row] = await manager.query('select healed from torture_switch');
  return row.healed;
}
