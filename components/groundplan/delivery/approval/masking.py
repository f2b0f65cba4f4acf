"""Values as text, with secrets masked."""

from typing import Any

from groundplan.manifest.model import SECRET
from groundplan.problems import shown
from groundplan.secret_names import names_a_secret

SECRET_SIGNATURE = "1b47061264138c4ac30d75fd1eb44270"
"""The value by which the engine marks a secret of a state."""


def masked(path: str, value: Any) -> str:
    """A value as text, unless it is a secret, or the path names one."""
    name = path.rsplit(".", 1)[-1]
    if value in (SECRET, SECRET_SIGNATURE) or name == "ciphertext" or names_a_secret(name):
        return SECRET
    return shown(value)
