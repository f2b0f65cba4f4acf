"""The formats of host names, URLs and e-mail addresses."""

import re
from urllib.parse import urlsplit

from groundplan.problems import Problem

LABEL = r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?"
HOST = re.compile(rf"{LABEL}(\.{LABEL})*", re.IGNORECASE)
"""RFC 1123, section 2.1: labels of up to 63 letters, digits and hyphens."""

MAX_HOST = 253
"""Characters of a host name (RFC 1035, section 2.3.4, without the root)."""

PRINTABLE = re.compile(r"[!-~]+")
"""The characters of a URL (RFC 3986): others are percent-encoded."""

MAX_URL = 2048
"""What SNS, load balancers and browsers accept."""

LOCAL = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
"""RFC 5322, section 3.2.3, `dot-atom`; up to 64 characters (RFC 5321, 4.5.3.1.1)."""


def is_host(text: str) -> bool:
    """Returns whether a text is a host name."""
    return len(text) <= MAX_HOST and HOST.fullmatch(text) is not None


def is_email(text: str) -> bool:
    """Returns whether a text is an e-mail address of a domain."""
    local, _, domain = text.rpartition("@")
    of_domain = is_host(domain) and "." in domain
    return of_domain and len(local) <= 64 and LOCAL.fullmatch(local) is not None


def is_url(text: str, *schemes: str) -> bool:
    """Returns whether a text is a URL of a scheme, with a host and without
    credentials."""
    if not PRINTABLE.fullmatch(text) or len(text) > MAX_URL:
        return False
    try:
        parts = urlsplit(text)
        host, _port = parts.hostname, parts.port
    except ValueError:
        return False
    return parts.scheme in schemes and is_host(host or "") and "@" not in parts.netloc


def https_problems(key: str, url: object, example: str = "https://example.com") -> list[Problem]:
    """Returns the problem of a value that is not an https:// URL."""
    if not isinstance(url, str) or is_url(url, "https"):
        return []
    allowed = "an https:// URL with a host name, without spaces and credentials"
    return [Problem(key, url, allowed, f"write it as {example}")]


def http_problems(key: str, url: object, example: str) -> list[Problem]:
    """Returns the problem of a value that is neither an https:// nor an http:// URL."""
    if not isinstance(url, str) or is_url(url, "https", "http"):
        return []
    allowed = "a URL with a host name, https:// or http://, without spaces and credentials"
    return [Problem(key, url, allowed, f"write it as {example}")]


def host_problems(key: str, host: object, example: str = "db.example.com") -> list[Problem]:
    """Returns the problem of a value that is not a host name."""
    if not isinstance(host, str) or is_host(host):
        return []
    allowed = "a host name, without a scheme, a port and a path"
    return [Problem(key, host, allowed, f"write it as {example}")]


def url_path_problems(key: str, path: object) -> list[Problem]:
    """Returns the problem of a value that is not the path of a URL, without a query."""
    if not isinstance(path, str):
        return []
    if not path.startswith("/"):
        return [Problem(key, path, "a path that begins with /", f"use /{path}")]
    if PRINTABLE.fullmatch(path) and not {"?", "#"} & set(path):
        return []
    allowed = "a path without spaces, a query or a fragment"
    return [Problem(key, path, allowed, "percent-encode other characters")]
