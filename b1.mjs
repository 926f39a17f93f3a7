import pg from 'pg';
import { readFileSync } from 'node:fs';
import { randomUUID } from 'node:crypto';
const [,, oldMig, newMig] = process.argv;
const admin = new pg.Client('postgres://postgres@127.0.0.1:5432/postgres'); await admin.connect();
await admin.query('drop database if exists b1'); await admin.query('create database b1'); await admin.end();
const pool = new pg.Pool({ connectionString: 'postgres://postgres@127.0.0.1:5432/b1', max: 10 });
for (const [schema, file] of [['old', oldMig], ['new', newMig]]) {
  const c = await pool.connect();
  await c.query(`create schema ${schema}; set search_path to ${schema}`);
  await c.query(readFileSync(file, 'utf8')); await c.query('reset search_path'); c.release();
}
await pool.query(`create table plain (position bigserial primary key, stream_id text, version int, event_id uuid unique, type text, data json, metadata json, occurred_at timestamptz, recorded_at timestamptz default now(), unique(stream_id, version))`);
const data = JSON.stringify({ customer: 'c'.repeat(20), items: Array.from({ length: 6 }, (_, i) => ({ sku: 'sku-' + i, quantity: i, price: 12.5 })), note: 'x'.repeat(120) });
const meta = '{"correlationId":"' + randomUUID() + '"}';
let n = 0;
const works = {
  plain: () => { const k = n++; return pool.query({ name: 'plain', text: 'insert into plain (stream_id, version, event_id, type, data, metadata, occurred_at) values ($1,$2,$3,$4,$5,$6,$7)', values: [`s-${k}`, 1, randomUUID(), 'placed', data, meta, new Date()] }); },
  ...Object.fromEntries(['old', 'new'].flatMap((s) => [['any', -1], ['no', 0]].map(([nm, exp]) => [`${s}.${nm}`, () => { const k = n++; return pool.query({ name: `a${s}`, text: `select * from ${s}.append_events($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)`, values: [[exp === 0 ? `s-${k}` : `t-${k % 5000}`], [null], [5], [exp], [1], [1], [randomUUID()], ['placed'], [1], [data], [meta], [new Date().toISOString()], true] }); }]))),
};
const run = async (f, c, ms) => { let done = 0; const end = performance.now() + ms; const t0 = performance.now(); await Promise.all(Array.from({ length: c }, async () => { while (performance.now() < end) { await f(); done++; } })); return done / (performance.now() - t0) * 1000; };
for (const c of [1, 10]) {
  const res = {}; for (const k of Object.keys(works)) { res[k] = []; await run(works[k], c, 200); }
  for (let r = 0; r < 7; r++) for (const k of Object.keys(works)) res[k].push(await run(works[k], c, 300));
  const med = (a) => a.sort((x, y) => x - y)[a.length >> 1];
  console.log(c, Object.fromEntries(Object.entries(res).map(([k, v]) => [k, Math.round(med(v)), ])), 'ratio to plain', Object.fromEntries(Object.entries(res).map(([k, v]) => [k, (med(v) / med(res.plain)).toFixed(2)])));
}
await pool.end();
