"""Values that are known only after deployment."""

import inspect

import pulumi


class Unknown:
    """A value that is known after deployment only, such as a reference to an output."""


def known(value: object) -> bool:
    """Returns whether a value can be validated now: no output, not absent."""
    return (
        value is not None
        and not isinstance(value, pulumi.Output | Unknown)
        and not inspect.isawaitable(value)
    )
