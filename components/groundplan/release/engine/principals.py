"""Patterns of IAM roles and users, the ARNs of those who call, and the persons behind
them."""

import re
from fnmatch import fnmatchcase

SESSION = re.compile(r"arn:(aws[a-z-]*):sts::(\d{12}):assumed-role/([^/]+)/(.+)")
PRINCIPAL = re.compile(r"arn:(aws[a-z-]*):iam::(\d{12}|\*):(role|user)/(?:.*/)?([^/]+)")

RANDOM_SESSION = re.compile(r"/(botocore-session|aws-sdk-\w+|aws-cli)-[\w-]*$")
"""Names that SDKs give to the session of a role where a profile names none: a new one
for each process (botocore, `credentials.py`)."""
ROLE_ALONE = re.compile(r"assumed-role/[^/]+")
IDENTITY_CENTER = re.compile(r"assumed-role/AWSReservedSSO_[^/]+/(.+)")
"""A session of IAM Identity Center: a role for each permission set, a name for each
user (IAM Identity Center User Guide, "Referencing permission sets in resource
policies")."""
NOT_IN_PROPERTY = re.compile(r"[^\w.:/=+\-@ ]")
PROPERTY_LENGTH = 256
"""What a value of `CustomerMetadataProperties` has (botocore, sagemaker
service-2.json). Names of IAM users and sessions may have a comma, too."""


def is_principal(pattern: str, who: str) -> bool:
    """Returns whether a pattern of roles and users matches the ARN of a caller. A
    session's ARN has the name of its role, without the path."""
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


def as_property(who: str) -> str:
    """Returns a principal as the registry's properties can hold it."""
    return NOT_IN_PROPERTY.sub("-", who)[:PROPERTY_LENGTH]


def without_random_session(who: str) -> str:
    """Returns the role of a session that an SDK named, and other principals as they
    are."""
    return RANDOM_SESSION.sub("", who)


def person(who: str) -> str:
    """Returns the person of a principal, or of the property that holds it. A role's
    session name distinguishes persons with one role; a user of IAM Identity Center is
    one person with all permission sets."""
    found = without_random_session(as_property(who).rsplit(":", 1)[-1])
    user = IDENTITY_CENTER.fullmatch(found)
    return found if user is None else f"user {user[1]} of IAM Identity Center"


def is_same_person(one: str, other: str) -> bool:
    """Returns whether two principals are one person, as far as anybody knows: a session
    that an SDK named may be any person's with the role."""
    first, second = sorted((person(one), person(other)), key=len)
    return first == second or (
        ROLE_ALONE.fullmatch(first) is not None and second.startswith(f"{first}/")
    )
