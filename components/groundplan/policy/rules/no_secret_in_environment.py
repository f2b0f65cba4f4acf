"""Checks that no password or key is in plain text in inputs and environment variables.

A finding has the path and the kind of the secret, and never its value, because findings
are posted on pull requests."""

import base64
import binascii
from collections.abc import Iterator
from typing import Any

from groundplan.manifest.model import Manifest, Resource
from groundplan.policy.containers import variables
from groundplan.policy.finding import Breach, Rule, Severity
from groundplan.policy.reading import leaves, unknown
from groundplan.secret_names import HARMLESS, PATTERNS, names_a_secret

USER_DATA = ("userData", "userDataBase64")
"""Inputs whose text may be encoded as base64."""


def check(resource: Resource, _manifest: Manifest) -> Iterator[Breach]:
    for path, text in leaves(dict(resource.inputs)):
        for kind in _kinds(path, text):
            reason = f"{resource.name} has {kind} in plain text, at {path}"
            yield Breach(resource.urn, reason, path, Severity.CRITICAL, REVOKE)
    for variable in variables(resource):
        if (
            names_a_secret(variable.name)
            and _plain(variable.value)
            and not _kinds(variable.path, variable.value)
        ):
            reason = (
                f"{resource.name} has the environment variable {variable.name} in plain text: "
                "the state and logs show it"
            )
            yield Breach(resource.urn, reason, variable.path)


def _plain(value: Any) -> bool:
    return (
        isinstance(value, str)
        and bool(value.strip())
        and not unknown(value)
        and not HARMLESS.fullmatch(value)
    )


def _kinds(path: str, text: str) -> list[str]:
    kinds = [kind for kind, pattern in PATTERNS.items() if pattern.search(text)]
    if path.rsplit(".", 1)[-1] in USER_DATA:
        try:
            plain = base64.b64decode(text, validate=True).decode()
        except (binascii.Error, UnicodeDecodeError, ValueError):
            return kinds
        kinds = [kind for kind, pattern in PATTERNS.items() if pattern.search(plain)]
    return kinds


REVOKE = (
    "revoke it, as everyone who has read this program knows it; then read the new one from AWS "
    "Secrets Manager at run time"
)

RULE = Rule(
    name="no-secret-in-environment",
    severity=Severity.HIGH,
    summary="No password or key is in plain text.",
    reason=(
        "Inputs and environment variables are visible in the state, in logs, in the console and "
        "in the pod's specification."
    ),
    fix=(
        "store it in AWS Secrets Manager (or a Kubernetes secret), and pass its name to the program"
    ),
    settings_fix=(
        "remove it from environment, store it in AWS Secrets Manager or a Kubernetes secret, "
        "and name that: secrets of a service"
    ),
    check=check,
    url="https://docs.aws.amazon.com/securityhub/latest/userguide/ecs-controls.html#ecs-8",
)
