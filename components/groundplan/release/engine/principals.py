"""Patterns of IAM roles and users, and the ARNs of those who call."""

import re
from fnmatch import fnmatchcase

SESSION = re.compile(r"arn:(aws[a-z-]*):sts::(\d{12}):assumed-role/([^/]+)/(.+)")
PRINCIPAL = re.compile(r"arn:(aws[a-z-]*):iam::(\d{12}|\*):(role|user)/(?:.*/)?([^/]+)")


def is_principal(pattern: str, who: str) -> bool:
    """Whether a pattern of roles and users matches the ARN of a caller. A session's ARN
    has the name of its role, without the path."""
    session, wanted = SESSION.fullmatch(who), PRINCIPAL.fullmatch(pattern)
    if wanted is None:
        return False
    if session is not None:
        kind, account, name = "role", session[2], session[3]
    else:
        principal = PRINCIPAL.fullmatch(who)
        if principal is None:
            return False
        kind, account, name = principal[3], principal[2], principal[4]
    return wanted[3] == kind and fnmatchcase(account, wanted[2]) and fnmatchcase(name, wanted[4])
