"""The namespaces of the training cluster: components of an environment that make some
must not make the same."""

from collections.abc import Iterator

from groundplan.problems import Problem
from groundplan.training.teams import team_args
from settings import Settings

JOBS = "training"
"""That of jobs of no team."""


def of_jobs(settings: Settings) -> set[str]:
    """Those whose jobs Kueue queues: each team's, and that of no team."""
    teams = settings.training.teams if settings.training else None
    return {JOBS, *(teams or {})}


def problems(settings: Settings) -> Iterator[Problem]:
    """Namespaces that somebody else has already."""
    taken = of_jobs(settings)
    space = settings.tracking.namespace if settings.tracking else None
    if space is not None:
        yield from _free("tracking.cluster.namespace", space, taken, "give another one")
        taken.add(space)
    for name, service in settings.services.items():
        if service.namespace is None:
            yield from _free(f"services.{name}", name, taken, "rename the service")
        elif service.namespace in of_jobs(settings):
            allowed = "a namespace whose pods Kueue doesn't queue: no team's, and not training"
            yield Problem(
                f"services.{name}.namespace",
                service.namespace,
                allowed,
                "leave it out, or name another",
            )


def _free(key: str, name: str, taken: set[str], fix: str) -> list[Problem]:
    if (
        name not in taken
        and name not in team_args.RESERVED
        and not team_args.RESERVED_FORM.fullmatch(name)
    ):
        return []
    others = ", ".join(sorted({*taken, *team_args.RESERVED}))
    return [
        Problem(
            key, name, f"a namespace that nothing else has: not {others}, kube-* or *-system", fix
        )
    ]
