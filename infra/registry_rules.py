"""What the settings of images, models and experiments can be wrong about."""

from typing import Any

from groundplan.problems import Problem, under
from groundplan.registry.container_registry import container_registry
from groundplan.registry.experiment_tracking import validation as tracking_rules
from groundplan.registry.experiment_tracking.choices import TrackingServer
from groundplan.registry.model_registry import model_registry
from registry_settings import TrackingSettings
from settings import Settings


def problems(settings: Settings, environment: str) -> list[Problem]:
    """All that is wrong with `images`, `models` and `tracking`."""
    found: list[Problem] = []
    if settings.images:
        images: Any = settings.images.arguments()
        found += under("images", container_registry.problems(images, f"{environment}/".lower()))
    if settings.models:
        models: Any = settings.models.arguments()
        found += under("models", model_registry.problems(models, f"{environment}-"))
    if settings.tracking:
        found += under("tracking", _tracking(settings, settings.tracking))
    return found


def _tracking(settings: Settings, tracking: TrackingSettings) -> list[Problem]:
    found = []
    other = "cluster" if tracking.on is TrackingServer.MANAGED else "managed"
    if getattr(tracking, other) is not None:
        allowed, fix = (
            f"nothing where server is {tracking.on.value}",
            f"remove it, or set server to {other}",
        )
        found.append(Problem(other, "...", allowed, fix))
    if tracking.on is TrackingServer.CLUSTER and settings.training is None:
        allowed, fix = (
            "managed, where there is no training cluster",
            "set it to managed, or add training",
        )
        found.append(Problem("on", tracking.on.value, allowed, fix))
    registers = tracking.managed is not None and tracking.managed.register_models
    if registers and settings.models is None:
        allowed, fix = (
            "false without models: there is no group to register in",
            "add models, or remove it",
        )
        found.append(Problem("managed.register_models", True, allowed, fix))
    teams = settings.training.teams if settings.training else None
    given: Any = tracking.wired(teams=list(teams or ()), groups=(), cluster={}, network={})
    return found + tracking_rules.problems(given, has_provider=True)
