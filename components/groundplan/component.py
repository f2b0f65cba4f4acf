"""The base class of all components."""

from typing import Any, Self

import pulumi

from groundplan.arguments import InvalidArguments
from groundplan.problems import Problem

PARAMETERS = ("name", "args", "opts")


class Component(pulumi.ComponentResource):
    """A component of Groundplan: `Name(name, args, opts)`.

    A subclass validates its arguments before it registers its first child:

        super().__init__("groundplan:index:Network", name, {}, opts)
        context = Context.of(name, opts)
        valid = validated("Network", NetworkArgs, args, validate, context)
        spec = resolve(valid)
    """

    def __new__(cls, *positional: Any, **keywords: Any) -> Self:
        """Raises `InvalidArguments` for arguments that are passed as keywords.

        Components of other libraries take keywords; here they go into `args`.
        """
        unexpected = [key for key in keywords if key not in PARAMETERS]
        if unexpected:
            name = str(positional[0] if positional else keywords.get("name", ""))
            allowed = "the parameters name, args, opts"
            raise InvalidArguments(
                cls.__name__,
                name,
                [
                    Problem(key, keywords[key], allowed, _call(cls.__name__, name, key))
                    for key in unexpected
                ],
            )
        return super().__new__(cls)


def _call(component: str, name: str, key: str) -> str:
    return f'pass it in args: {component}("{name}", {{"{key}": ...}})'
