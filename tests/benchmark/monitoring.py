"""Time and memory of a check: python tests/benchmark/monitoring.py [ROWS...]

Each size runs in a process of its own, so that its peak of memory is its own: counted
as columns (an engine's, or a Parquet reader's), and read from files of data capture,
100 rows per request, with a label each. Seconds are the processor's.
"""

import json
import os
import pathlib
import resource
import subprocess
import sys
import tempfile
from collections.abc import Callable

import numpy as np
from groundplan.model_monitoring.analysis import baseline, check, job
from groundplan.model_monitoring.analysis.columns import Batch
from groundplan.model_monitoring.analysis.executors import InProcess, Processes
from groundplan.model_monitoring.analysis.schema import Column, Schema
from groundplan.model_monitoring.analysis.window import Window

NUMBERS, PER_REQUEST, PART = 10, 100, 100_000
CITIES = tuple(f"city {number}" for number in range(50))
SCHEMA = Schema(
    (*(Column(f"n{place}", "numeric") for place in range(NUMBERS)), Column("city", "categorical")),
    (Column("y", "numeric"),),
    prediction="y",
)


def batch(random: np.random.Generator, rows: int) -> Batch:
    """Returns random rows as columns."""
    numbers = {f"n{place}": random.normal(size=rows) for place in range(NUMBERS)}
    cities = [CITIES[place] for place in random.integers(0, len(CITIES), rows)]
    return Batch(rows, {**numbers, "y": random.normal(size=rows)}, {}, {"city": cities})


def base() -> baseline.Baseline:
    """Returns the baseline of 20,000 rows."""
    random = np.random.default_rng(1)
    drawn = batch(random, 20_000)
    names = [*drawn.numbers]
    rows = [
        {**dict(zip(names, values, strict=True)), "city": city, "label": values[-1]}
        for values, city in zip(
            np.array([*drawn.numbers.values()]).T.tolist(), drawn.categories["city"], strict=True
        )
    ]
    return baseline.build(SCHEMA, {"train": lambda: rows})


def columns(rows: int) -> None:
    """Counts random columns."""
    known, random = base(), np.random.default_rng(2)
    window, counting = Window.empty(known.layout), 0.0
    window.requests = rows
    for _ in range(rows // PART):
        drawn = batch(random, PART)
        start = seconds()
        window.add(drawn)
        counting += seconds() - start
    start = seconds()
    status = check.check("m", known, window).status
    report("columns", rows, counting, f"{status}, check {seconds() - start:.2f} s")


def files(rows: int, workers: int = 1) -> None:
    """Reads files of data capture."""
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        (folder / "baseline.json").write_bytes(base().content())
        write(folder, rows)
        start = seconds()
        wanted = job.Job("m", f"{name}/captures", f"{name}/baseline.json", labels=f"{name}/labels")
        result = job.run(wanted, InProcess() if workers == 1 else Processes(workers))
        spent = seconds() - start
    report(f"files, {workers} process(es)", rows, spent, f"{result.status}")


def write(folder: pathlib.Path, rows: int) -> None:
    """Writes captures and labels."""
    random = np.random.default_rng(3)
    for side in ("captures", "labels"):
        (folder / side).mkdir()
    for part in range(rows // PART):
        drawn = batch(random, PART)
        table = np.array([*drawn.numbers.values()]).round(5).tolist()
        asked = list(zip(*table[:-1], drawn.categories["city"], strict=True))
        with (
            (folder / f"captures/{part:05d}.jsonl").open("w") as captures,
            (folder / f"labels/{part:05d}.jsonl").open("w") as labels,
        ):
            for first in range(0, PART, PER_REQUEST):
                place = slice(first, first + PER_REQUEST)
                name = f"{part}-{first}"
                text = "\n".join(",".join(map(str, row)) for row in asked[place])
                answers = "\n".join(map(str, table[-1][place]))
                metadata = {"eventId": name}
                data = {
                    "endpointInput": {"data": text, "encoding": "CSV"},
                    "endpointOutput": {"data": answers, "encoding": "CSV"},
                }
                captures.write(json.dumps({"captureData": data, "eventMetadata": metadata}) + "\n")
                truth = {"data": answers, "encoding": "CSV"}
                labels.write(
                    json.dumps({"groundTruthData": truth, "eventMetadata": metadata}) + "\n"
                )


def seconds() -> float:
    """Returns the processor time of this process and its children."""
    used = os.times()
    return used.user + used.system + used.children_user + used.children_system


def report(what: str, rows: int, spent: float, more: str) -> None:
    """Prints a line."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    speed = f"{spent:.1f} s, {rows / spent:,.0f} rows/s"
    print(f"{what}: {rows:,} rows, {speed}, peak {peak:.0f} MB; {more}", flush=True)


RUNS: dict[str, Callable[[int], None]] = {
    "columns": columns,
    "files": files,
    "two": lambda rows: files(rows, 2),
}


def main() -> None:
    """Runs each size in a process of its own."""
    if len(sys.argv) == 3 and sys.argv[1] in RUNS:
        RUNS[sys.argv[1]](int(sys.argv[2]))
        return
    for rows in map(int, sys.argv[1:] or ("1000000", "10000000")):
        for name in RUNS:
            command = [sys.executable, __file__, name, str(rows)]
            subprocess.run(command, check=True, env={**os.environ, "OMP_NUM_THREADS": "1"})


if __name__ == "__main__":
    main()
