"""The name of the RDS instance of MLflow's database."""

import hashlib
import re

from groundplan.context import Context

LIMIT = 63
"""Characters (Amazon RDS API, CreateDBInstance, DBInstanceIdentifier)."""

ALLOWED = f"up to {LIMIT} lower-case letters, digits and single hyphens"
PATTERN = re.compile(rf"(?=.{{1,{LIMIT}}}$)[a-z][a-z0-9]*(-[a-z0-9]+)*")
"""The names that RDS accepts, without upper case, which it does not preserve."""


def default(context: Context) -> str:
    """Returns the name that an instance has by default.

    A digest of the whole name takes the place of what is too long.
    """
    words = re.findall(r"[a-z0-9]+", context.qualified_name.lower())
    name = "-".join(words if words[0][0].isalpha() else ["db", *words])
    if len(name) <= LIMIT:
        return name
    digest = hashlib.sha256(context.qualified_name.encode()).hexdigest()[:8]
    return f"{name[: LIMIT - 9].rstrip('-')}-{digest}"
