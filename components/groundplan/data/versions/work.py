"""Work that is done by some threads at a time, and whose results come in the order of
the work: within bounded memory, however much there is."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")

WORKERS = 16
"""Threads that talk to S3: its requests wait for the network, not for the processor."""

AHEAD = 4
"""Pieces of work per thread that wait, or are done before their turn: enough that one
slow piece does not stop the others."""


def in_order(
    work: Callable[[T], R],
    items: Iterable[T],
    workers: int = WORKERS,
    *,
    ahead: int = AHEAD,
    alone: Callable[[T], bool] = lambda _item: False,
) -> Iterator[R]:
    """Yields the result for each item. Items are taken as they are needed; one that is
    to be `alone` is worked on by the calling thread, as it has threads of its own.
    After an error nothing more is begun."""
    if workers <= 1:
        yield from map(work, items)
        return
    pending: deque[Future[R]] = deque()
    pool = ThreadPoolExecutor(workers)
    try:
        for item in items:
            pending.append(_done(work(item)) if alone(item) else pool.submit(work, item))
            if len(pending) >= workers * ahead:
                yield pending.popleft().result()
        while pending:
            yield pending.popleft().result()
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _done(result: R) -> Future[R]:
    future: Future[R] = Future()
    future.set_result(result)
    return future
