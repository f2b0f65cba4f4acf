"""How a key of arguments is spelled in a stack file."""


def camel_case(key: str) -> str:
    """Returns how a stack file spells a key: `min_size` -> `minSize`."""
    first, *rest = key.split("_")
    return first + "".join(word.capitalize() for word in rest)
