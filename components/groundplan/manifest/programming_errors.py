"""Errors of a callback that no value would have prevented: of its code, not of the
symbol that it receives. `pulumi up` would fail with them, after `pulumi preview` has
not run the callback."""

import re
import types
from collections.abc import Mapping
from typing import Any

CALL = re.compile(
    r"(?P<name>[\w.<>]+)\(\) (?:missing \d+ required |takes (?:no|from|\d+) .*"
    r"|got an unexpected keyword argument |got multiple values for )"
)
"""What CPython says of a call that does not fit the parameters of a function."""


def is_programming_error(error: BaseException, func: Any) -> bool:
    """Returns whether an error, which `func` raised, is one of the program's code.

    A type error is one only of a call of the program's own function: a symbol has fewer
    operations than the value that it is in place of.
    """
    if isinstance(error, NameError):
        return True
    if isinstance(error, AttributeError):
        return isinstance(error.obj, types.ModuleType)
    if type(error) is not TypeError:
        return False
    called = CALL.match(str(error))
    return called is not None and _is_own(called["name"], error, func)


def _is_own(name: str, error: BaseException, func: Any) -> bool:
    """Returns whether a function of the program has this name, where the error was
    raised."""
    functions: list[Any] = [func]
    frame = _last_frame(error)
    # The operations of symbols are functions of this package, with fewer parameters.
    if frame is not None and not frame.f_globals.get("__name__", "").startswith(__package__):
        names: Mapping[str, Any] = {**frame.f_globals, **frame.f_locals}
        functions.append(names.get(name.rpartition(".")[2]))
    return any(
        isinstance(each, types.FunctionType) and name in (each.__name__, each.__qualname__)
        for each in functions
    )


def _last_frame(error: BaseException) -> types.FrameType | None:
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return trace.tb_frame if trace is not None else None
