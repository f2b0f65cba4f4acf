"""Commands on a deployed stack."""

from stack_commands import cloud, export, exports, run

__all__ = ("cloud", "export", "exports", "run")
