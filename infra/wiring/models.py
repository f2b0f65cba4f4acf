"""Model package groups of the environment."""

from description import Reference
from settings import Settings


def group_arns(settings: Settings) -> list[Reference]:
    return [group(name, "arn") for name in settings["models"].get("groups", {})]


def group(name: str, attribute: str) -> Reference:
    """Returns an attribute of a model package group of the environment."""
    return Reference("models", "groups", select=lambda groups: getattr(groups[name], attribute))
