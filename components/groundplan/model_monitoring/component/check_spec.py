"""What a scheduled check compares and where it writes, wherever it runs."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar


@dataclass(frozen=True)
class CheckSpec:
    """The part of a specification that is the settings of the check; complete."""

    default_variant: ClassVar[str]

    baseline_key: str
    variant: str
    capture_prefix: str
    label_prefix: str
    """Empty if no labels are collected."""
    label_delay_hours: int
    result_prefix: str
    window_hours: int
    limits: Mapping[str, Any]

    def monitor(self, endpoint: str) -> str:
        """Returns the name of the results and metrics: the endpoint's, and that of a
        variant that is not the default, after a dot, which no endpoint's name has."""
        return endpoint if self.variant == self.default_variant else f"{endpoint}.{self.variant}"

    def settings(self, bucket: str, endpoint: str) -> dict[str, Any]:
        """Returns the settings of the check (`analysis.handler.Settings`)."""
        base, monitor = f"s3://{bucket}/", self.monitor(endpoint)
        return {
            "job": {
                "monitor": monitor,
                "captures": f"{base}{self.capture_prefix}{endpoint}/{self.variant}",
                "baseline": f"{base}{self.baseline_key}",
                "labels": f"{base}{self.label_prefix}" if self.label_prefix else "",
                "label_delay_hours": self.label_delay_hours,
                "limits": dict(self.limits),
            },
            "results": f"{base}{self.result_prefix}{monitor}",
            "window_hours": self.window_hours,
            "event_bus": "default",
        }
