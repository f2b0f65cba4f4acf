"""The rules of checks of services: what is checked is captured."""

from collections.abc import Iterator

from groundplan.problems import Problem, one_of
from known_names import taken_name, unknown_name
from settings import Settings
from wiring import service_checks


def problems(settings: Settings) -> Iterator[Problem]:
    """Returns a problem for each check that would find nothing."""
    services = settings.get("services", {})
    others = {*settings.get("endpoints", {}), *services}
    others |= {*settings.get("training", {}).get("file_systems", {})}
    for name, monitoring in settings.get("service_monitoring", {}).items():
        key = f"service_monitoring.{name}"
        if name not in services:
            yield from unknown_name(key, name, services, "services")
            continue
        yield from taken_name(key, name, service_checks.named(name), others)
        if "capture" not in services[name]:
            fix = f"set services.{name}.capture"
            yield Problem(key, name, "a service that captures requests", fix)
        tracks = ["stable", *(["canary"] if "canary" in services[name] else [])]
        if monitoring.get("variant", "stable") not in tracks:
            yield from one_of(f"{key}.variant", monitoring["variant"], tracks)
