"""The progress of a transfer: objects, bytes, speed and the time that is left."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

Step = Callable[[int], None]
"""Takes the bytes of an object that is done."""


@contextmanager
def progress(task: str, total: int | None, *, quiet: bool) -> Iterator[Step]:
    """Shows a bar on standard error, if that is a terminal. Without the total of bytes
    there is no time that is left."""
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        DownloadColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
        TransferSpeedColumn,
    )

    console = Console(stderr=True)
    if quiet or not console.is_terminal:
        yield lambda _size: None
        return
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.fields[objects]} objects"),
        DownloadColumn(),
        TransferSpeedColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console) as bar:
        shown = bar.add_task(task, total=total, objects=0)
        objects = 0

        def step(size: int) -> None:
            nonlocal objects
            objects += 1
            bar.update(shown, advance=size, objects=objects)

        yield step
