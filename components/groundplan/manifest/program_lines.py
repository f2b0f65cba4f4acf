"""The lines of a program that register its resources.

The SDK sends the engine every frame of the stack, and reads the source of each: a fifth
of a preview's time. Only the innermost frame in a file of the program is sent here.
"""

import pathlib
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

from pulumi.runtime import resource
from pulumi.runtime.proto import source_pb2

from groundplan.manifest.plain_values import relative_path

SDK_FUNCTION = "_get_stack_trace"
CONSTRUCTORS = 3
"""The SDK's: those of `Resource`, of `CustomResource` or `ComponentResource`, and of
the resource's own class."""


@dataclass(frozen=True)
class ProgramLines:
    """The lines of a program's own files."""

    folder: pathlib.Path
    """The folder of the program's own files."""
    root: pathlib.Path
    """The project's folder, which paths are relative to."""
    _paths: dict[str, str] = field(default_factory=dict)

    def line(self, frames: Iterable[Any]) -> str:
        """Returns the first frame of a request that is in the program's own files: path
        and number; empty if there is none."""
        for frame in frames:
            path = self._path(unquote(frame.pc.uri.removeprefix("file://")))
            if path:
                return f"{path}:{frame.pc.line}"
        return ""

    @contextmanager
    def sent(self) -> Iterator[None]:
        """The time in which requests have no other frame."""
        original = getattr(resource, SDK_FUNCTION, None)
        if original is None:
            yield
            return
        setattr(resource, SDK_FUNCTION, self._innermost)
        try:
            yield
        finally:
            setattr(resource, SDK_FUNCTION, original)

    def _innermost(self) -> source_pb2.StackTrace:
        frame, constructors = sys._getframe(1), 0
        while constructors < CONSTRUCTORS:
            constructors += frame.f_code.co_name == "__init__"
            if frame.f_back is None:
                return source_pb2.StackTrace()
            frame = frame.f_back
        outer: Any = frame
        while outer is not None:
            file = outer.f_code.co_filename
            if self._path(file):
                position = source_pb2.SourcePosition(
                    uri=pathlib.Path(file).as_uri(), line=outer.f_lineno
                )
                return source_pb2.StackTrace(frames=[source_pb2.StackFrame(pc=position)])
            outer = outer.f_back
        return source_pb2.StackTrace()

    def _path(self, file: str) -> str:
        """Returns the path of a file of the program; empty for another file."""
        path = self._paths.get(file)
        if path is None:
            named = pathlib.Path(file)
            own = (
                named.is_absolute()
                and named.is_relative_to(self.folder)
                and not {"site-packages", ".venv"} & set(named.parts)
            )
            path = self._paths[file] = relative_path(named, self.root) if own else ""
        return path
