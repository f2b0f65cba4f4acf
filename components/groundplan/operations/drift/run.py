"""Compares a stack's state with the account and the cluster, in a few threads."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from groundplan.cost.region import Regions
from groundplan.manifest.model import Manifest, Resource
from groundplan.operations.drift import live, unmanaged
from groundplan.operations.drift.difference import Difference, Drift, NotCompared
from groundplan.operations.drift.types import DESCRIBED, READABLE
from groundplan.operations.preflight.reader import Missing, Reader, Unread

THREADS = 8
"""Reads at once: Cloud Control throttles an account that asks for more."""

Entry = Difference | NotCompared
Objects = Callable[[Iterable[Resource]], tuple[list[Entry], int]]
"""Compares the Kubernetes objects of a state, and returns how many."""


def run(
    state: Manifest,
    account: Reader,
    program: Manifest | None = None,
    objects: Objects | None = None,
    say: Callable[[str], None] = lambda _text: None,
) -> Drift:
    """Compares all resources of a state."""
    regions = Regions(state)
    custom = [resource for resource in state if resource.custom]
    readable = [r for r in custom if r.type in READABLE or r.type in DESCRIBED]
    found: list[Entry] = list(_unreadable(custom, objects is not None))

    def compared(resource: Resource) -> list[Entry]:
        region = regions.of(resource)
        if not region:
            return [NotCompared(resource.name, "its region isn't known")]
        return list(live.compare(resource, region, account))

    with ThreadPoolExecutor(THREADS) as pool:
        for number, part in enumerate(pool.map(compared, readable), 1):
            found += part
            if number % 20 == 0:
                say(f"{number} of {len(readable)} resources compared")
    unread = {entry.what for entry in found if isinstance(entry, NotCompared)}
    count = sum(resource.name not in unread for resource in readable)
    say("looking for what the state does not know")
    for region in sorted({regions.of(resource) or "" for resource in readable} - {""}):
        try:
            found += unmanaged.find(state, region, account)
        except (Unread, Missing) as error:
            found.append(NotCompared(f"what the state does not know in {region}", str(error)))
    if objects is not None:
        entries, number = objects(r for r in custom if r.type.startswith("kubernetes:"))
        found += entries
        count += number
    return Drift(
        state.project or (program.project if program else ""),
        state.stack,
        "AWS APIs (Cloud Control)",
        tuple(_located(found, program)),
        _grouped(found),
        count,
        pending(state, program),
    )


def pending(state: Manifest, program: Manifest | None) -> Mapping[str, tuple[str, ...]]:
    """Returns what `up` creates and deletes, as the program and the state differ."""
    if program is None:
        return {}
    wanted, there = ({r.urn: r.name for r in each if r.custom} for each in (program, state))
    return {
        "create": tuple(sorted(name for urn, name in wanted.items() if urn not in there)),
        "delete": tuple(
            sorted(
                name
                for urn, name in there.items()
                if urn not in wanted and "pulumi:providers:" not in urn
            )
        ),
    }


def _unreadable(custom: Iterable[Resource], with_objects: bool) -> Iterable[NotCompared]:
    counts = Counter(
        resource.type
        for resource in custom
        if resource.type not in READABLE
        and resource.type not in DESCRIBED
        and not resource.type.startswith("pulumi:")
    )
    for token, number in sorted(counts.items()):
        if not token.startswith("kubernetes:"):
            yield NotCompared(f"{token} ({number})", "drift has no reader of this type")
    objects = sum(n for token, n in counts.items() if token.startswith("kubernetes:"))
    if objects and not with_objects:
        yield NotCompared(f"{objects} Kubernetes objects", "no --kubeconfig, or no kubectl")


def _located(found: Iterable[Entry], program: Manifest | None) -> list[Difference]:
    """Returns the differences by resource, with the lines that register them."""
    by_urn = program.by_urn if program else {}
    return [
        replace(each, source=by_urn[each.id].source) if each.id in by_urn else each
        for each in sorted(
            (entry for entry in found if isinstance(entry, Difference)),
            key=lambda entry: (entry.kind.value, entry.name, entry.path),
        )
    ]


def _grouped(found: Iterable[Entry]) -> tuple[NotCompared, ...]:
    entries = {entry for entry in found if isinstance(entry, NotCompared)}
    return tuple(sorted(entries, key=lambda entry: (entry.why, entry.what)))
