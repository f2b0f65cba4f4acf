"""Where the tasks of a job run: in this process, in a pool of processes, or on an
engine that is there anyway. An executor maps; the job merges, and gets the same bytes
from all.
"""

import multiprocessing
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

T = TypeVar("T")


class Executor(Protocol):
    """Runs a function over tasks; the order of the results is of no account."""

    def map(self, function: Callable[[T], bytes], tasks: Sequence[T]) -> Iterable[bytes]:
        """Returns the results of all tasks. Raises what a task raises."""


class InProcess:
    """Runs one task after the other, here: a Lambda function, a container."""

    def map(self, function: Callable[[T], bytes], tasks: Sequence[T]) -> Iterator[bytes]:
        """Yields the results of all tasks."""
        return map(function, tasks)


@dataclass(frozen=True)
class Processes:
    """Runs tasks in processes of one machine."""

    workers: int

    def map(self, function: Callable[[T], bytes], tasks: Sequence[T]) -> Iterator[bytes]:
        """Yields the results of all tasks."""
        # A forked child would inherit the threads of numpy's and boto3's pools, half.
        context = multiprocessing.get_context("spawn")
        with ProcessPoolExecutor(self.workers, mp_context=context) as pool:
            yield from pool.map(function, tasks)


@dataclass(frozen=True)
class Ray:
    """Runs tasks on a Ray cluster that `ray.init` has connected to. Its workers need
    this library."""

    ray: Any
    """The module."""
    limit: int = 1000
    """Tasks that are submitted at a time."""

    def map(self, function: Callable[[T], bytes], tasks: Sequence[T]) -> Iterator[bytes]:
        """Yields the results of all tasks, as they come."""
        remote = self.ray.remote(function)
        waiting: list[Any] = []
        for task in tasks:
            if len(waiting) >= self.limit:
                done, waiting = self.ray.wait(waiting)
                yield from self.ray.get(done)
            waiting.append(remote.remote(task))
        while waiting:
            done, waiting = self.ray.wait(waiting)
            yield from self.ray.get(done)


@dataclass(frozen=True)
class Spark:
    """Runs tasks on a Spark cluster, as a Glue job has one. Its executors need this
    library (Glue: `--additional-python-modules`)."""

    context: Any
    """The `SparkContext`."""

    def map(self, function: Callable[[T], bytes], tasks: Sequence[T]) -> Iterator[bytes]:
        """Yields the results of all tasks, one partition at a time."""
        if tasks:
            yield from map(
                bytes,
                self.context.parallelize(tasks, len(tasks)).map(function).toLocalIterator(True),
            )
