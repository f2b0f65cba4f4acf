"""The rule on names: two endpoints of one environment are not the same. AWS and
Kubernetes would refuse the second, or one would take the place of the other, with its
journals and its registry."""

from collections.abc import Iterator

import wiring
from groundplan.problems import Problem
from settings import Settings


def problems(settings: Settings) -> Iterator[Problem]:
    """Yields endpoints on SageMaker, and services of a namespace, of the same name."""
    first: dict[tuple[str, ...], str] = {}
    for name, endpoint in settings.get("endpoints", {}).items():
        # Without one, the name has that of the project and the stack.
        if "endpoint_name" in endpoint:
            own = str(endpoint["endpoint_name"])
            yield from _same(first, ("endpoint", own), f"endpoints.{name}", own)
    for name, service in settings.get("services", {}).items():
        own = str(service.get("endpoint_name", name))
        space = str(service.get("namespace", own))
        yield from _same(first, ("service", space, own), f"services.{name}", own)
        # Registries and records are by name, whatever the namespace is.
        if name in wiring.serving.released(settings):
            yield from _same(first, ("registry", own), f"services.{name}", own)


def _same(
    first: dict[tuple[str, ...], str], what: tuple[str, ...], key: str, own: str
) -> Iterator[Problem]:
    other = first.setdefault(what, key)
    if other != key:
        allowed = f"a name that nothing else has: {other} is named {own} too"
        yield Problem(f"{key}.endpoint_name", own, allowed, "use another name")
