"""Tags as values of an option: `--tag environment=prod`."""

from collections.abc import Sequence

import click


def tags_of(texts: Sequence[str]) -> dict[str, str]:
    """Returns the tags that `KEY=VALUE` texts name. Raises `UsageError` for another
    text."""
    found = {}
    for text in texts:
        key, separator, value = text.partition("=")
        if not separator or not key:
            raise click.UsageError(f"--tag {text}: expected KEY=VALUE, such as environment=prod")
        found[key] = value
    return found
