"""The tasks of a job: what a worker does with some objects. A task is plain data, reads
and writes by stores, and returns a document's bytes."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache

from groundplan.model_monitoring.analysis import capture, joining, labels
from groundplan.model_monitoring.analysis.baseline import Baseline
from groundplan.model_monitoring.analysis.capture import Broken, Captured
from groundplan.model_monitoring.analysis.documents import InvalidDocument, canonical, hash64
from groundplan.model_monitoring.analysis.joining import Answer
from groundplan.model_monitoring.analysis.labels import Label
from groundplan.model_monitoring.analysis.stores import Store, parent, store
from groundplan.model_monitoring.analysis.window import Window

BUFFER = 8 * 1024 * 1024
"""Bytes of answers, or labels, that a task keeps until it writes them."""
ANSWERS, LABELS = "answers", "labels"


@dataclass(frozen=True)
class Known:
    """A baseline, by its URL and its digest: what a worker has read before is used
    again, and never one that has been replaced under the same URL."""

    url: str
    digest: str


@dataclass(frozen=True)
class Count:
    """Counts captured requests, and puts their answers where labels will be joined."""

    baseline: Known
    captures: str
    keys: tuple[str, ...]
    counted: frozenset[str]
    """Keys whose requests are counted."""
    joined: frozenset[str] = frozenset()
    """Keys whose answers are joined with labels."""
    work: str = ""
    partitions: int = 1


@dataclass(frozen=True)
class Spread:
    """Puts labels where they will be joined."""

    baseline: Known
    labels: str
    keys: tuple[str, ...]
    work: str
    partitions: int


@dataclass(frozen=True)
class Join:
    """Joins a partition's answers with its labels."""

    baseline: Known
    work: str
    partition: int


def read_baseline(url: str) -> Baseline:
    """Returns the baseline of a URL as it is now."""
    place, key = parent(url)
    return Baseline.read(place.read(key))


@lru_cache(maxsize=2)
def baseline(known: Known) -> Baseline:
    """Returns a baseline, read once per worker. Raises `InvalidDocument` if it has been
    replaced since the check began."""
    found = read_baseline(known.url)
    if found.digest != known.digest:
        raise InvalidDocument("the baseline was replaced during the check. Fix: run it again")
    return found


def count(task: Count) -> bytes:
    """Returns the window of a task's objects."""
    layout = baseline(task.baseline).layout
    place = store(task.captures)
    window = Window.empty(layout)
    spill = Spill(store(task.work), ANSWERS, task.keys[0], task.partitions)

    def read(key: str, broken: Broken) -> Iterator[Captured]:
        for captured in capture.of_file(place, key, layout.schema, broken):
            if key in task.joined:
                item = joining.answer(captured, layout)
                if item is not None:
                    spill.add(item.inference_id, item.line())
            yield captured

    for key in task.keys:
        if key in task.counted:
            window.read_all(read(key, window.broken))
        else:
            for _ in read(key, Broken()):
                pass
    spill.flush()
    return window.content()


def spread(task: Spread) -> bytes:
    """Puts labels into partitions, and returns which lines could not be read."""
    schema = baseline(task.baseline).layout.schema
    place, broken = store(task.labels), Broken()
    spill = Spill(store(task.work), LABELS, task.keys[0], task.partitions)
    for key in task.keys:
        for label in labels.of_file(place, key, schema, broken):
            spill.add(label.inference_id, label.line())
    spill.flush()
    return canonical(broken.document())


def join(task: Join) -> bytes:
    """Returns the quality of a partition."""
    place, layout = store(task.work), baseline(task.baseline).layout
    answers = map(Answer.read, _lines(place, f"{ANSWERS}/{task.partition:05d}/"))
    found = map(Label.read, _lines(place, f"{LABELS}/{task.partition:05d}/"))
    return joining.join(answers, found, layout).content()


def _lines(place: Store, prefix: str) -> Iterator[bytes]:
    for entry in place.entries(prefix):
        yield from place.lines(entry.key)


@dataclass
class Spill:
    """Lines on their way to partitions, written whenever there are enough. A task that
    runs twice writes the same objects twice."""

    place: Store
    kind: str
    name: str
    partitions: int
    lines: dict[int, list[str]] = field(default_factory=dict)
    size: int = 0
    written: int = 0

    def add(self, inference_id: str, line: str) -> None:
        """Adds a line."""
        place = joining.partition(inference_id, self.partitions)
        self.lines.setdefault(place, []).append(line)
        self.size += len(line)
        if self.size >= BUFFER:
            self.flush()

    def flush(self) -> None:
        """Writes what is waiting."""
        for partition, lines in sorted(self.lines.items()):
            name = f"{hash64(self.name):016x}-{self.written:05d}.jsonl"
            content = "\n".join(lines).encode() + b"\n"
            self.place.write(f"{self.kind}/{partition:05d}/{name}", content)
        self.written += 1
        self.lines, self.size = {}, 0
