// The same ingestion as one would write it for Node: undici, pg, 64 characters in flight, one INSERT for each.
//
//   node ingest.js URL COUNT
//
// The database is the one of PGHOST, PGPORT, PGUSER, PGPASSFILE and PGDATABASE. Prints what it took without the start of the process.
import { createHash, randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { performance } from 'node:perf_hooks';
import pg from 'pg';
import { Pool as HttpPool } from 'undici';

const IN_FLIGHT = 64;
const CONNECTIONS = 20;

const UPSERT = readFileSync(new URL('../upsert.sql', import.meta.url), 'utf8');

const base = new URL(process.argv[2]);
const count = Number(process.argv[3]);
const runId = randomUUID();
const http = new HttpPool(base.origin, { connections: IN_FLIGHT });
const database = new pg.Pool({ max: CONNECTIONS });

async function ingest(id) {
  const { statusCode, body } = await http.request({ path: `${base.pathname}character/${id}`, method: 'GET' });
  const raw = await body.text();
  if (statusCode !== 200) {
    throw new Error(`character ${id}: status ${statusCode}`);
  }
  const character = JSON.parse(raw);
  await database.query({
    name: 'upsert',
    text: UPSERT,
    values: [
      character.id,
      raw,
      createHash('sha256').update(raw).digest(),
      runId,
    ],
  });
}

let next = 1;
async function consume() {
  while (next <= count) {
    await ingest(next++);
  }
}

const start = performance.now();
await Promise.all(Array.from({ length: IN_FLIGHT }, consume));
const elapsed = (performance.now() - start) / 1000;
console.log(`{"elapsedSeconds": ${elapsed.toFixed(3)}}`);
await Promise.all([http.close(), database.end()]);
