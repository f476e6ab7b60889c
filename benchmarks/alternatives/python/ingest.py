"""The same ingestion as one would write it for asyncio: aiohttp, asyncpg, 64 characters in flight, one INSERT for each.

    python3 ingest.py URL COUNT

The database is the one of PGHOST, PGPORT, PGUSER, PGPASSFILE and PGDATABASE. Prints what it took without the start of the process.
"""

import asyncio
import hashlib
import json
import pathlib
import sys
import time
import uuid

import aiohttp
import asyncpg

IN_FLIGHT = 64
CONNECTIONS = 20
UPSERT = (pathlib.Path(__file__).resolve().parent.parent / "upsert.sql").read_text()


async def ingest(http: aiohttp.ClientSession, database: asyncpg.Pool, base: str, run_id: uuid.UUID, character_id: int) -> None:
    async with http.get(f"{base}character/{character_id}") as response:
        response.raise_for_status()
        raw = await response.read()
    character = json.loads(raw)
    await database.execute(
        UPSERT,
        character["id"],
        raw.decode(),
        hashlib.sha256(raw).digest(),
        run_id,
    )


async def main(base: str, count: int) -> None:
    ids = iter(range(1, count + 1))
    run_id = uuid.uuid4()
    async with asyncpg.create_pool(min_size=CONNECTIONS, max_size=CONNECTIONS) as database, aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=IN_FLIGHT)
    ) as http:

        async def consume() -> None:
            for character_id in ids:
                await ingest(http, database, base, run_id, character_id)

        start = time.perf_counter()
        await asyncio.gather(*(consume() for _ in range(IN_FLIGHT)))
        elapsed = time.perf_counter() - start
    print(f'{{"elapsedSeconds": {elapsed:.3f}}}')


asyncio.run(main(sys.argv[1], int(sys.argv[2])))
