"""The tags that every resource of a component carries.

Provider default tags don't reach launch templates, volumes or node pools, and are
invisible in a plan, so components set tags on each child themselves.
"""

from collections.abc import Mapping

import pulumi

Tags = Mapping[str, pulumi.Input[str]]


def merged(component: str, tags: Tags | None, **own: str) -> dict[str, pulumi.Input[str]]:
    """The caller's tags, the component's name under `groundplan:component`, and the
    child's `own`; the caller's win."""
    return {"groundplan:component": component, **own, **(tags or {})}
