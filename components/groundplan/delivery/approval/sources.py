"""What a program is built from: its files, the settings, the environment variables that
it reads, and the versions of what it imports."""

import hashlib
import os
import pathlib
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping
from importlib import metadata
from typing import Any

from groundplan.delivery.approval.canonical import digest, keyed_digest
from groundplan.manifest import text_files
from groundplan.manifest.observed_inputs import Observed
from groundplan.manifest.project import Project

LIBRARY = pathlib.Path(__file__).parents[2]
"""The folder of this library."""

LOCKS = (
    "requirements.txt",
    "uv.lock",
    "poetry.lock",
    "pdm.lock",
    "Pipfile.lock",
    "pylock.toml",
    "pyproject.toml",
)
"""Files in a project's folder that decide which packages are installed."""

SYSTEM = ("/usr/", "/lib/", "/lib64/")
"""Folders of what an operating system installs: the database of time zones."""
MOST_FILES = 5
TOOLS = ("__pycache__", "site-packages", "node_modules", ".git", ".tox", ".nox")
PINNED = re.compile(r"^([A-Za-z0-9][A-Za-z0-9._-]*)==([^\s;\\]+)", re.MULTILINE)
"""A package and its version in a requirements file."""

SDKS = ("pulumi", "pulumi-", "pulumi_", "groundplan")
"""Beginnings of the names of packages that register resources."""

MACHINE = re.compile(
    r"HOME|PATH|PWD|OLDPWD|SHELL|SHLVL|USER|LOGNAME|HOSTNAME|TERM|COLORTERM|COLUMNS|LINES|_"
    r"|TMP|TEMP|TMPDIR|TZ|LANG|LANGUAGE|LC_.*|XDG_.*|SSH_.*|VIRTUAL_ENV|PYTHON.*|GRPC_.*|OTEL_.*"
    r"|PULUMI_(?!K8S_).*|GROUNDPLAN_.*"
    r"|AWS_(?:ACCESS_KEY_ID|SECRET_ACCESS_KEY|SESSION_TOKEN|SECURITY_TOKEN|PROFILE|CONFIG_FILE"
    r"|SHARED_CREDENTIALS_FILE|WEB_IDENTITY_TOKEN_FILE|ROLE_.*|CONTAINER_.*|CREDENTIAL.*)"
)
"""Environment variables that differ between machines and sessions, of which a manifest
depends on none."""


def settings(project: Project, stack: str) -> dict[str, Any]:
    """Pulumi.yaml and the stack's file, with digests of what is encrypted."""
    files = (project.root / "Pulumi.yaml", project.settings_file(stack))
    return {
        file.name: _without_ciphertext(text_files.read_yaml(file) or {})
        for file in files
        if file.is_file()
    }


def _without_ciphertext(value: Any) -> Any:
    if isinstance(value, dict):
        if set(value) == {"secure"}:
            return {"secure": digest(value["secure"])}
        return {str(key): _without_ciphertext(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_without_ciphertext(item) for item in value]
    return value if isinstance(value, str | int | float | bool | None) else str(value)


def program(project: Project, observed: Observed | None) -> dict[str, str]:
    """The digests of the program's files: those beside its entry, and what it reads
    below the repository. The library's own files are one version instead."""
    root = repository(project.root)
    beside = [project.entry, *_python_files(project.entry.parent)]
    read = [pathlib.Path(name) for name in (observed.files if observed else ())]
    written = observed.written if observed else set()
    settings_files = {project.root / "Pulumi.yaml", *project.root.glob("Pulumi.*.yaml")}
    found = {}
    for file in {*beside, *read}:
        if file in settings_files or str(file) in written or not file.is_file():
            continue
        if _is_source(file, root):
            name = file.relative_to(root).as_posix()
            found[name] = _digest(file)
    return dict(sorted(found.items()))


def digests(project: Project, names: Iterable[str]) -> dict[str, str | None]:
    """The digests that files of the repository have now; `None` for one that is
    gone."""
    root = repository(project.root)
    return {name: _digest(root / name) if (root / name).is_file() else None for name in names}


def _digest(file: pathlib.Path) -> str:
    return f"sha256:{hashlib.sha256(file.read_bytes()).hexdigest()}"


def _is_source(file: pathlib.Path, root: pathlib.Path) -> bool:
    if not file.is_relative_to(root) or file.is_relative_to(LIBRARY):
        return False
    return not any(_is_installed(name) for name in file.relative_to(root).parts[:-1])


def _is_installed(folder: str) -> bool:
    """Whether a folder of this name has what tools write, rather than sources."""
    return folder in TOOLS or folder.startswith((".venv", "venv"))


def _python_files(folder: pathlib.Path) -> Iterator[pathlib.Path]:
    for at, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if not _is_installed(name)]
        yield from (pathlib.Path(at, name) for name in names if name.endswith(".py"))


def repository(folder: pathlib.Path) -> pathlib.Path:
    """The root of the repository; the folder itself where there is none."""
    return next((at for at in (folder, *folder.parents) if (at / ".git").exists()), folder)


def variables(observed: Observed | None, salt: str) -> dict[str, str | None]:
    """The environment variables that the program reads, as digests; `None` for one that
    isn't set."""
    names = sorted(observed.variables if observed else ())
    return {
        name: keyed_digest(os.environ[name], salt) if name in os.environ else None
        for name in names
        if not MACHINE.fullmatch(name)
    }


def unsealed(observed: Observed | None, project: Project) -> list[str]:
    """What the program does that no approval can hold on to."""
    if observed is None:
        return []
    found = sorted(observed.unchecked)
    if observed.all_variables:
        found.append("reads the whole environment")
    outside = _outside(observed, repository(project.root))
    found += [f"reads {file}, outside of the repository" for file in outside[:MOST_FILES]]
    if len(outside) > MOST_FILES:
        found.append(f"reads {len(outside) - MOST_FILES} more files outside of the repository")
    return found


def _outside(observed: Observed, root: pathlib.Path) -> list[str]:
    """The files that differ between machines, unless they come with the system."""
    system = (*SYSTEM, f"{sys.base_prefix}{os.sep}", f"{sys.prefix}{os.sep}")
    names = (name for name, state in observed.files.items() if state is not None)
    return sorted(
        name
        for name in names
        if not name.startswith(system)
        and name not in observed.written
        and not pathlib.Path(name).is_relative_to(root)
        and not pathlib.Path(name).is_relative_to(LIBRARY)
        and not any(_is_installed(part) for part in pathlib.Path(name).parts[:-1])
    )


def versions(project: Project, providers: Mapping[str, str]) -> dict[str, str]:
    """The versions of the library, the SDKs, the providers and all locked packages."""
    found = {f"provider {name}": version for name, version in providers.items()}
    found["groundplan"] = library()
    for name in LOCKS:
        file = project.root / name
        if file.is_file():
            content = file.read_bytes()
            found[name] = f"sha256:{hashlib.sha256(content).hexdigest()}"
            pins = PINNED.findall(content.decode("utf-8", "replace"))
            found |= {f"{name} {package}": version for package, version in pins}
    return dict(sorted({**found, **_installed(project)}.items()))


def library() -> str:
    """The digest of this library's files."""
    content = hashlib.sha256()
    for file in sorted(LIBRARY.rglob("*")):
        folders = file.relative_to(LIBRARY).parts[:-1]
        if file.is_file() and not any(name.startswith((".", "__")) for name in folders):
            content.update(f"{file.relative_to(LIBRARY).as_posix()}\0".encode())
            content.update(hashlib.sha256(file.read_bytes()).digest())
    return f"sha256:{content.hexdigest()}"


def _installed(project: Project) -> dict[str, str]:
    """The SDKs that are installed for the program."""
    if project.python is None:
        return _versions(metadata.distributions())
    folders = project.python.parents[1].glob("lib/python*/site-packages")
    return _versions(metadata.distributions(path=[str(folder) for folder in folders]))


def _versions(distributions: Iterable[metadata.Distribution]) -> dict[str, str]:
    named = ((found.metadata["Name"] or "", found.version) for found in distributions)
    return {
        f"installed {name.lower().replace('_', '-')}": version
        for name, version in named
        if name.lower().startswith(SDKS) and name.lower() != "groundplan"
    }


def commit(folder: pathlib.Path) -> str:
    """The commit that is checked out; empty outside of a repository."""
    git = shutil.which("git")
    if git is None:
        return ""
    command = [git, "-C", str(folder), "rev-parse", "--verify", "--quiet", "HEAD"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=30)  # noqa: S603
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""
