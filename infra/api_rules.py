"""The rules of the API: there is something to release, and a domain is of one API."""

from collections.abc import Iterator

import wiring
from groundplan.problems import Problem
from settings import Settings


def problems(settings: Settings) -> Iterator[Problem]:
    """Returns the problems of the section `api`."""
    if "api" not in settings:
        return
    apis = wiring.api.apis(settings)
    if not apis:
        allowed = "nothing, unless an endpoint's release is registry"
        fix = "remove it, or set endpoints.<name>.release"
        yield Problem("api", dict(settings["api"]), allowed, fix)
    if len(apis) > 1 and "domain" in settings["api"]:
        name = settings["api"]["domain"].get("name", "")
        allowed = f"nothing where endpoints need {len(apis)} APIs: one domain is of one of them"
        yield Problem("api.domain.name", name, allowed, "remove api.domain")
