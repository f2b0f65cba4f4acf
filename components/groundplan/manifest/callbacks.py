"""Runs the callbacks of outputs (`apply`, `Output.json_loads`) on symbols.

`pulumi preview` doesn't run a callback on an unknown value. Here it runs, so that text
such as a policy can be read, as long as its result can't be an invented one: where it
raises anything, decides by a symbol or has an effect, its result is unknown. A callback
on known values runs as in Pulumi, and its error is the program's; so is an error of any
callback that no value would have prevented, such as a name that is not defined.

Resources that a callback registers before it ends so are part of the manifest: until
then, nothing depended on an unknown value. Those that it would register later are not.
"""

import asyncio
import json
import linecache
import traceback
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from inspect import isawaitable
from typing import Any

import pulumi
from pulumi.output import _OutputData

from groundplan.manifest import (
    callback_effects,
    named_unknowns,
    secret_settings,
    symbolic_documents,
    symbolic_operations,
)
from groundplan.manifest.issued_symbols import IssuedSymbols
from groundplan.manifest.named_unknowns import NamedUnknown, unknowns
from groundplan.manifest.programming_errors import is_programming_error
from groundplan.manifest.symbolic_callback import (
    SymbolicCallback,
    UnknownValue,
    current,
    symbolic,
)
from groundplan.manifest.symbolic_origin import Origin, originates, outputs_in
from groundplan.manifest.symbolic_text import SymbolicList

OUTSIDE = (KeyboardInterrupt, asyncio.CancelledError, GeneratorExit)
"""What ends a run from outside of the callback."""

LIFTS = ("Output.__getattr__.<locals>.lift", "Output.__getitem__.<locals>.lift")
"""The SDK's callbacks for `output.name` and `output[0]`."""

assert symbolic_operations.RULES  # noqa: S101 (the import adds the methods to SymbolicText)


class Callbacks:
    """The callbacks of one run of a program."""

    def __init__(self, symbols: IssuedSymbols, assertions: bool) -> None:
        """`assertions`: a failed `assert` and a `pulumi.RunError` in a callback on
        symbols end the run, as a test expects."""
        self._symbols = symbols
        self._assertions = assertions

    @contextmanager
    def installed(self) -> Iterator[None]:
        """The time in which outputs run their callbacks so."""
        apply, json_dumps = pulumi.Output.apply, pulumi.Output.json_dumps
        format_, all_ = pulumi.Output.format, pulumi.Output.all
        callbacks = self

        def guarded_apply(output: Any, func: Any, run_with_unknowns: bool = False) -> Any:
            origin = Origin([output])
            guarded = callbacks.guarded(func, run_with_unknowns, origin)
            return originates(apply(output, guarded, True), origin)

        def guarded_all(*args: Any, **kwargs: Any) -> Any:
            return originates(all_(*args, **kwargs), Origin(list(outputs_in([args, kwargs]))))

        def guarded_json_dumps(obj: Any, **options: Any) -> Any:
            source = pulumi.Output.from_input(obj)
            return callbacks._json(source, json_dumps(source, **options))

        pulumi.Output.apply = guarded_apply  # type: ignore[method-assign,assignment]
        pulumi.Output.json_dumps = staticmethod(guarded_json_dumps)  # type: ignore[method-assign]
        pulumi.Output.format = staticmethod(_format)  # type: ignore[method-assign]
        pulumi.Output.all = staticmethod(guarded_all)  # type: ignore[method-assign]
        json_loads = json.loads
        json.loads = symbolic_documents.loads(json_loads, self._symbols.marked)
        try:
            with (
                callback_effects.prevented(),
                named_unknowns.serialized(),
                secret_settings.unknown(),
            ):
                yield
        finally:
            pulumi.Output.apply = apply  # type: ignore[method-assign]
            pulumi.Output.json_dumps = staticmethod(json_dumps)  # type: ignore[method-assign]
            pulumi.Output.format = staticmethod(format_)  # type: ignore[method-assign]
            pulumi.Output.all = staticmethod(all_)  # type: ignore[method-assign,assignment]
            json.loads = json_loads

    def guarded(
        self, func: Callable[[Any], Any], run_with_unknowns: bool, origin: Origin
    ) -> Callable[[Any], Any]:
        """`func` with an unknown result where a symbol doesn't have the answer."""

        def run(value: Any) -> Any:
            unknown = list(unknowns(value))
            if unknown and not run_with_unknowns:
                named = [u.names for u in unknown if isinstance(u, NamedUnknown)]
                return NamedUnknown(tuple(dict.fromkeys(n for names in named for n in names)))
            if isinstance(value, NamedUnknown):
                return value
            outer = current()
            names = (
                *self._symbols.names(value),
                *(outer.names if outer else ()),
                *origin.source_names(),
            )
            if not names:
                result = func(value)
            else:
                origin.names = tuple(dict.fromkeys(names))
                result = self._run(func, value, SymbolicCallback(origin.names))
            if isinstance(result, pulumi.Output):
                origin.sources.append(result)
            return result

        return run

    def _run(self, func: Callable[[Any], Any], value: Any, callback: SymbolicCallback) -> Any:
        qualified = getattr(func, "__qualname__", "")
        if qualified in LIFTS and isinstance(value, str):
            return NamedUnknown(callback.names)
        internal = qualified in LIFTS or qualified.startswith("Output.from_input")
        try:
            with symbolic(callback), callback_effects.no_bytecode():
                result = func(value if internal else self._symbols.marked(value))
        except OUTSIDE:
            raise
        except BaseException as error:  # noqa: BLE001 (SystemExit too)
            return self._unknown(callback, error, func)
        if isawaitable(result) and not isinstance(result, pulumi.Output):
            return self._awaited(result, callback, func)
        return self._result(result, callback)

    async def _awaited(
        self, result: Awaitable[Any], callback: SymbolicCallback, func: Callable[[Any], Any]
    ) -> Any:
        try:
            with symbolic(callback):
                value = await result
        except OUTSIDE:
            raise
        except BaseException as error:  # noqa: BLE001
            return self._unknown(callback, error, func)
        return self._result(value, callback)

    def _result(self, result: Any, callback: SymbolicCallback) -> Any:
        if callback.unknown or isinstance(result, SymbolicList):
            return NamedUnknown(callback.names)
        return self._symbols.unmarked(result)

    def _unknown(
        self, callback: SymbolicCallback, error: BaseException, func: Callable[[Any], Any]
    ) -> Any:
        # What it did before it asked for the value could be otherwise with the value.
        if not callback.unknown and is_programming_error(error, func):
            raise error
        if self._assertions and isinstance(error, AssertionError | pulumi.RunError):
            raise error
        if self._assertions and isinstance(error, UnknownValue) and _is_in_assertion(error):
            raise AssertionError(f"asserts on a value that isn't known: {error}") from error
        return NamedUnknown(callback.names)

    def _json(self, source: Any, text: Any) -> Any:
        """Returns the text of `Output.json_dumps`, which has no callback of its own."""

        async def run() -> Any:
            try:
                return await text._data
            except Exception:
                data = await source._data
                names = self._symbols.names(data.value)
                if not names:
                    raise
                return _OutputData(data.resources, NamedUnknown(names), False, data.is_secret)

        text._untrack()
        return pulumi.Output._from_data(run())


def _format(format_string: Any, *args: Any, **kwargs: Any) -> pulumi.Output[str]:
    """`Output.format`, which in the SDK doesn't use `apply`."""
    parts = pulumi.Output.all(format_string, list(args), kwargs)
    return parts.apply(lambda known: known[0].format(*known[1], **known[2]))


def _is_in_assertion(error: BaseException) -> bool:
    """Returns whether an `assert` of the program asks for the value."""
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        if "groundplan/manifest/symbolic_" not in frame.filename.replace("\\", "/"):
            line = linecache.getline(frame.filename, frame.lineno or 0).strip()
            return line.startswith("assert ")
    return False
