"""Names of variables and patterns of values that are secrets."""

import re
from collections.abc import Mapping
from itertools import pairwise

ARN = re.compile(r"arn:[^:]+:secretsmanager:[^:]+:\d{12}:secret:\S+")
"""The ARN of a secret in AWS Secrets Manager."""

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


def names_a_secret(name: str) -> bool:
    """Returns whether a variable of this name holds a secret: `HF_TOKEN` does,
    `MAX_TOTAL_TOKENS` doesn't."""
    if name.endswith(PROGRAMS):
        return False
    words = [word.lower() for word in WORDS.findall(name)]
    if not words or words[-1] in NOT_THE_SECRET:
        return False
    return bool(SECRET_WORDS & set(words)) or any(pair in SECRET_PAIRS for pair in pairwise(words))
