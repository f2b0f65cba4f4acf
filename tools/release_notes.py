"""Prints what CHANGELOG.md says of a version.

    python tools/release_notes.py v1.2.3

Fails unless the version is that of components/pyproject.toml and has a section.
"""

import pathlib
import re
import sys
import tomllib

ROOT = pathlib.Path(__file__).parents[1]


class NotReleasable(Exception):
    """The version is not the library's, or has no notes."""


def notes(tag: str, version: str, changelog: str) -> str:
    """Returns the section of a version. Raises `NotReleasable`."""
    if tag != f"v{version}":
        raise NotReleasable(
            f"The tag is {tag}, components/pyproject.toml has {version}. Fix: set the version, "
            f"or tag v{version}"
        )
    for section in re.split(r"^## ", changelog, flags=re.MULTILINE)[1:]:
        title, _, text = section.partition("\n")
        if title.split()[:1] == [version]:
            if not text.strip():
                break
            return text.strip() + "\n"
    raise NotReleasable(
        f"CHANGELOG.md says nothing of {version}. Fix: name the section of what is "
        f"unreleased {version}, and begin another"
    )


def main(arguments: list[str]) -> None:
    """Prints the notes of the tag."""
    if len(arguments) != 1:
        sys.exit(__doc__)
    project = tomllib.loads((ROOT / "components/pyproject.toml").read_text(encoding="utf-8"))
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    try:
        sys.stdout.write(notes(arguments[0], project["project"]["version"], changelog))
    except NotReleasable as error:
        sys.exit(f"release_notes: {error}")


if __name__ == "__main__":
    main(sys.argv[1:])
