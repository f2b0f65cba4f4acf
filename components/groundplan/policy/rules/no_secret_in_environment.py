"""Checks that no password or key is in plain text in inputs and environment variables.

A finding has the path and the kind of the secret, and never its value, because findings
are posted on pull requests."""

import base64
import binascii
import re
from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import Any

from groundplan.manifest.model import Manifest, Resource
from groundplan.policy.containers import variables
from groundplan.policy.finding import Breach, Rule, Severity
from groundplan.policy.reading import leaves, unknown

PATTERNS: Mapping[str, re.Pattern[str]] = {
    "an AWS access key": re.compile(r"(?<![A-Z0-9])(?:AKIA|ASIA)[A-Z2-7]{16}(?![A-Z0-9])"),
    "a private key": re.compile(r"-----BEGIN (?:[A-Z]{1,16} ){0,3}PRIVATE KEY(?: BLOCK)?-----"),
    "a GitHub token": re.compile(r"\b(?:gh[pousr]_[A-Za-z0-9]{36}|github_pat_[A-Za-z0-9_]{40,})"),
    "a Hugging Face token": re.compile(r"\bhf_[A-Za-z]{34}\b"),
    "an OpenAI or Anthropic key": re.compile(
        r"\bsk-(?:[A-Za-z0-9]{48}\b|(?:proj|svcacct|admin|ant)-[A-Za-z0-9_-]{40,})"
    ),
    "a Slack token": re.compile(r"\bxox[abeoprs]-[A-Za-z0-9-]{10,}"),
    "a Pulumi token": re.compile(r"\bpul-[0-9a-f]{40}\b"),
    "a password in a web address": re.compile(
        r"[a-z][a-z0-9+.-]{1,15}://[^\s/:@$\"'<>{}]{1,128}:[^\s/@$\"'<>{}]{1,256}@"
    ),
}
"""Kind of secret -> its pattern. From the vendors' documentation, as in GitHub's secret
scanning. Every repetition is bounded, so that the time is linear in the length of the
text."""

USER_DATA = ("userData", "userDataBase64")
"""Inputs whose text may be encoded as base64."""

SECRET_WORDS = frozenset(
    {"password", "passwd", "passphrase", "secret", "token", "apikey", "credential", "credentials"}
)
SECRET_PAIRS = frozenset(
    {
        ("api", "key"),
        ("access", "key"),
        ("secret", "key"),
        ("private", "key"),
        ("auth", "key"),
        ("encryption", "key"),
        ("signing", "key"),
        ("account", "key"),
        ("license", "key"),
    }
)
NOT_THE_SECRET = frozenset(
    {
        "arn",
        "class",
        "count",
        "days",
        "dir",
        "directory",
        "enabled",
        "endpoint",
        "expiration",
        "expiry",
        "field",
        "file",
        "format",
        "header",
        "host",
        "hours",
        "id",
        "issuer",
        "length",
        "limit",
        "location",
        "manager",
        "max",
        "min",
        "minutes",
        "mode",
        "name",
        "names",
        "namespace",
        "parallelism",
        "path",
        "policy",
        "prefix",
        "ref",
        "region",
        "required",
        "seconds",
        "size",
        "store",
        "suffix",
        "timeout",
        "ttl",
        "type",
        "uri",
        "url",
        "validation",
        "version",
    }
)
"""Last words of names for properties of a secret: `DB_PASSWORD_ARN`, `TOKEN_TTL`."""

PROGRAMS = (".py", ".sh", ".js", ".rb", ".go")
"""Extensions of programs, which a ConfigMap may contain: `credentials.py` is no
secret."""

WORDS = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|\d+")
HARMLESS = re.compile(
    r"(?i:true|false|yes|no|on|off|none|null|disabled|enabled|-?[\d.]+[a-z]*)|/.*|arn:.*|[a-z][a-z0-9+.-]*://.*"
)
"""Values that are no secret: a boolean, a number, a path, an ARN, a URL."""


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


def names_a_secret(name: str) -> bool:
    """Whether a variable of this name holds a secret: `HF_TOKEN` does,
    `MAX_TOTAL_TOKENS` doesn't."""
    if name.endswith(PROGRAMS):
        return False
    words = [word.lower() for word in WORDS.findall(name)]
    if not words or words[-1] in NOT_THE_SECRET:
        return False
    return bool(SECRET_WORDS & set(words)) or any(pair in SECRET_PAIRS for pair in pairwise(words))


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
    check=check,
    url="https://docs.aws.amazon.com/securityhub/latest/userguide/ecs-controls.html#ecs-8",
)
