"""The settings of the API's function, as plain data: what the component writes and the
handlers read."""

import json
import pathlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from typing import Any

VARIABLE = "GROUNDPLAN_API_FILE"
"""The environment variable with the path of the settings, beside the code: an
environment of Lambda holds 4 KB."""

IAM, JWT = "iam", "jwt"
"""What authorizes callers: signatures of IAM principals, or tokens of an issuer."""


class InvalidApiSettings(ValueError):
    """The settings can't be read."""


@dataclass(frozen=True)
class ApiSettings:
    """What the API serves, and to whom."""

    region: str
    bucket: str
    """The artifact bucket: dataset versions, records of runs."""
    authorization: str = IAM
    targets: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """Endpoint -> its release target, as the stack exports it."""
    pipelines: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """Endpoint -> the settings of its retraining, as the stack exports them."""
    datasets: Sequence[str] = ()
    """The datasets whose versions the API shows."""
    callers: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """Operation -> ARNs of the roles and users that may call it, beside what IAM
    allows. An operation without an entry has no limit of its own."""
    scopes: Mapping[str, str] = field(default_factory=dict)
    """Operation -> the scope that a token needs for it."""

    @property
    def endpoints(self) -> list[str]:
        return sorted({*self.targets, *self.pipelines})

    @classmethod
    def read(cls, text: str) -> "ApiSettings":
        """Returns the settings of a JSON object. Raises `InvalidApiSettings`."""
        try:
            data = json.loads(text)
            unknown = sorted(set(data) - {entry.name for entry in fields(cls)})
            if unknown:
                raise InvalidApiSettings(f"Unknown settings: {', '.join(unknown)}")
            return cls(**data)
        except (TypeError, ValueError) as error:
            raise InvalidApiSettings(f"The settings of the API can't be read: {error}") from None

    def text(self) -> str:
        """Returns the settings as JSON, which `read` reads."""
        return json.dumps(asdict(self), sort_keys=True, indent=1) + "\n"


def from_environment(environment: Mapping[str, str]) -> ApiSettings:
    """Returns the settings of the file that the environment names."""
    path = environment.get(VARIABLE, "")
    if not path:
        raise InvalidApiSettings(f"There are no settings. Fix: set {VARIABLE}")
    return ApiSettings.read(pathlib.Path(path).read_text(encoding="utf-8"))
