"""The formats of names of Kubernetes objects and of keys in them."""

import re

from groundplan.problems import Problem

LABEL = r"[a-z0-9]([-a-z0-9]*[a-z0-9])?"
NAME = re.compile(rf"{LABEL}(\.{LABEL})*")
MAX_NAME = 253
"""A DNS subdomain (Kubernetes documentation, "Object Names and IDs"), as names of
secrets, service accounts and classes have to be."""

SERVICE = re.compile(r"[a-z]([-a-z0-9]*[a-z0-9])?")
"""A DNS label that begins with a letter (RFC 1035), as the name of a Service has to be.
Its length is what the object leaves of 63 characters."""

KEY = re.compile(r"[-._A-Za-z0-9]{1,253}")
"""Keys of the data of a secret (Kubernetes API, `Secret`, `data`)."""


def problems(key: str, name: object, kind: str) -> list[Problem]:
    """Returns the problem of a value that is not the name of an object."""
    if not isinstance(name, str) or (NAME.fullmatch(name) and len(name) <= MAX_NAME):
        return []
    allowed = (
        f"the name of a {kind}: up to {MAX_NAME} lower-case letters, digits, hyphens and dots, a "
        "letter or digit first and last"
    )
    return [Problem(key, name, allowed, f"use the name that `kubectl get {kind}` shows")]


def key_problems(key: str, name: object) -> list[Problem]:
    """Returns the problem of a value that is not a key of a secret's data."""
    if not isinstance(name, str) or (KEY.fullmatch(name) and not name.startswith("..")):
        return []
    allowed = "a key of the secret's data: up to 253 letters, digits, - _ ."
    return [Problem(key, name, allowed, "use the key that `kubectl describe secret` shows")]
