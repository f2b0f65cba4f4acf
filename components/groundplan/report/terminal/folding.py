"""How many levels of a tree are shown, and the counts in place of what is below."""

from collections import Counter
from collections.abc import Iterator

from groundplan.manifest.model import Manifest, Resource
from groundplan.manifest.printable import one_line

WIDE = 100
"""Columns from which the whole tree is shown: a line of a resource in a component has
its name, its type and its most important inputs."""

COMPONENTS = 1
"""The levels that a narrower terminal shows."""

MOST_KINDS = 4
"""Types of resources that a count names."""


def depth(requested: int | None, width: int, every_input: bool) -> int | None:
    """Returns the number of levels that are shown; `None` for all."""
    if requested is not None:
        return requested
    return None if width >= WIDE or every_input else COMPONENTS


def below(manifest: Manifest, resource: Resource) -> str:
    """Returns what is below a resource: `44 resources in 2 components: 12 Role, 9
    Chart, ...`; empty for nothing."""
    found = list(_descendants(manifest, resource))
    if not found:
        return ""
    kinds = Counter(one_line(each.type.rsplit(":", 1)[-1]) for each in found if each.custom)
    ordered = sorted(kinds.items(), key=lambda kind: (-kind[1], kind[0]))
    listed = ", ".join(f"{number:,} {kind}" for kind, number in ordered[:MOST_KINDS])
    more = sum(number for _, number in ordered[MOST_KINDS:])
    listed += f" and {more:,} more" if more else ""
    custom = sum(kinds.values())
    components = len(found) - custom
    text = f"{custom:,} resource{'' if custom == 1 else 's'}"
    if components:
        text += f" in {components:,} component{'' if components == 1 else 's'}"
    return f"{text}: {listed}" if listed else text


def _descendants(manifest: Manifest, resource: Resource) -> Iterator[Resource]:
    waiting, seen = [resource], {resource.urn}
    while waiting:
        for child in manifest.children(waiting.pop()):
            if child.urn not in seen:
                seen.add(child.urn)
                waiting.append(child)
                yield child
