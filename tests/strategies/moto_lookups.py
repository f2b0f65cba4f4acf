"""What moto and botocore look up and compute again for every request, once: a third of
the time of a request that doesn't leave the process.

No answer differs. The URLs, methods and errors of moto's services are constant, moto
verifies no signature, and nothing reads the versions of Python and botocore in the
header of a request."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

import pytest
from botocore.auth import SigV4Auth  # type: ignore[import-untyped]
from botocore.useragent import UserAgentString  # type: ignore[import-untyped]
from moto.core import base_backend, errors, responses
from moto.core.utils import method_names_from_class
from moto.s3 import models as s3

_original_urls: Any = base_backend.BaseBackend.urls
_backends: dict[type, Any] = {}
_method_names = cache(method_names_from_class)
_errors = errors.ErrorLookupFactory()


def _urls(backend: Any) -> Any:
    """The URLs of a service, which are those of its module."""
    if type(backend) not in _backends:
        _backends[type(backend)] = _original_urls.fget(backend)
    return _backends[type(backend)]


def _no_signature(*_: object) -> str:
    return "0" * 64


def _no_versions(_: object) -> str:
    return "tests"


@contextmanager
def once() -> Iterator[None]:
    """The time in which they are looked up once."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(base_backend.BaseBackend, "urls", property(_urls))
        patched.setattr(responses, "method_names_from_class", _method_names)
        patched.setattr(errors, "ErrorLookupFactory", lambda: _errors)
        patched.setattr(s3, "reload", lambda module: module)
        patched.setattr(UserAgentString, "to_string", _no_versions)
        patched.setattr(SigV4Auth, "canonical_request", _no_signature)
        patched.setattr(SigV4Auth, "signature", _no_signature)
        yield
