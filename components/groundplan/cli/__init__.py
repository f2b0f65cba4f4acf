"""The `groundplan` command; one module per command."""

from groundplan.cli.group import main

__all__ = ["main"]
