"""One CPU-bound job in Python: one after the other, with threads, on an event loop and with processes.

    python3 cpu.py ROUNDS

Prints a table. The work is done twice: once as Python code, for which the interpreter lets one thread run at a time, and once in C (PBKDF2), which lets go of it.
"""

import asyncio
import concurrent.futures
import hashlib
import os
import statistics
import sys
import time

ITEMS = 40
WORKERS = 8


def in_python(turns: int) -> int:
    value = 1
    for turn in range(turns):
        value = (value * 1103515245 + turn) % 2147483648
    return value


def in_c(iterations: int) -> bytes:
    return hashlib.pbkdf2_hmac("sha256", b"character", b"ingestion", iterations)


def turns_for(work, seconds: float) -> int:
    """How many turns take that long on one core."""
    turns = 2_000_000
    start = time.perf_counter()
    work(turns)
    return int(turns * seconds / (time.perf_counter() - start))


def one_after_the_other(work, sizes):
    for size in sizes:
        work(size)


def event_loop(work, sizes):
    async def item(size):
        work(size)

    async def all_of_them():
        await asyncio.gather(*(item(size) for size in sizes))

    asyncio.run(all_of_them())


def threads(work, sizes):
    with concurrent.futures.ThreadPoolExecutor(WORKERS) as pool:
        list(pool.map(work, sizes))


def processes(work, sizes, workers=WORKERS, chunk=1):
    with concurrent.futures.ProcessPoolExecutor(workers) as pool:
        list(pool.map(work, sizes, chunksize=chunk))


def median_seconds(rounds, run):
    def seconds():
        start = time.perf_counter()
        run()
        return time.perf_counter() - start

    return statistics.median(seconds() for _ in range(rounds))


def main(rounds: int) -> None:
    ways = {
        "one after the other": one_after_the_other,
        "`asyncio`": event_loop,
        f"`ThreadPoolExecutor({WORKERS})`": threads,
        f"`ProcessPoolExecutor({WORKERS})`": processes,
    }
    print("| way | as Python code s | × | in C (PBKDF2) s | × |\n|---|---|---|---|---|")
    works = [(work, [turns_for(work, 0.05)] * ITEMS) for work in (in_python, in_c)]
    first = {}
    for name, way in ways.items():
        row = f"| {name} |"
        for work, sizes in works:
            took = median_seconds(rounds, lambda: way(work, sizes))
            row += f" {took:.2f} | {first.setdefault(work, took) / took:.2f} |"
        print(row, flush=True)

    cores = len(os.sched_getaffinity(0))
    small = turns_for(in_python, 0.02)
    uneven = [small * 10] * (ITEMS // 5) + [small] * (ITEMS - ITEMS // 5)
    print(f"\nUneven: of {ITEMS} items the first {ITEMS // 5} take ten times as long, {cores} processes\n")
    print("| how they are handed out | s |\n|---|---|")
    for name, chunk in (("one at a time (`chunksize=1`)", 1), (f"in {cores} equal parts (`chunksize={ITEMS // cores}`)", ITEMS // cores)):
        print(f"| {name} | {median_seconds(rounds, lambda: processes(in_python, uneven, cores, chunk)):.2f} |", flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]))
