"""Reads the accepted findings of a stack: those in its settings, those in the file
beside the program, and those that the program registers.

They are recorded in the manifest as they are written: whether one has expired is judged
when a report is written, because a manifest depends on no clock.
"""

import json
import pathlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from groundplan.excerpts import YamlFile
from groundplan.manifest import text_files, yaml_text
from groundplan.manifest.model import Manifest, Resource
from groundplan.manifest.project import Configuration, Project
from groundplan.problems import MISSING, Problem, nearest, one_of, unknown_key

if TYPE_CHECKING:
    from groundplan.acceptance.acceptance import Acceptance
    from groundplan.acceptance.args import AcceptedFindingArgs

Check = Callable[["AcceptedFindingArgs"], Iterable[Problem]]
"""Returns further problems of an entry."""

KEY = "acceptedFindings"
NAMESPACE = "groundplan"
TYPE = "groundplan:index:AcceptedFinding"
"""The type of the component that a program registers for each."""


@dataclass(frozen=True)
class Written:
    """The accepted findings of a stack's files."""

    entries: tuple[Mapping[str, Any], ...]
    """The valid ones: the keys of `AcceptedFindingArgs`, and `source`."""
    problems: tuple[str, ...]
    """A line for each problem, with its file and line."""


def file_of(root: pathlib.Path, stack: str) -> pathlib.Path:
    """Returns the file beside the program, whether it exists or not."""
    return root / f"accepted.{stack}.yaml"


def written(
    project: Project,
    stack: str,
    configuration: Configuration,
    overrides: Mapping[str, str],
    *checks: Check,
) -> Written:
    """Returns the accepted findings in the settings and in the file of a stack."""
    settings = project.settings_file(stack)
    lists: list[_List | str] = []
    for key in _keys(project.name):
        if key in configuration.secrets:
            lists.append(
                f"{settings.name}: {key} is a secret. "
                "Allowed: plain values, which every report shows. Fix: set it without --secret"
            )
        elif key in configuration.values:
            value = configuration.values[key]
            lists.append(_in_settings(settings, key, key in overrides, value))
    found = _read([*lists, *_of_file(project.root, stack)], *checks)
    unread = (*_misspelt(project, stack, configuration), *_of_no_stack(project))
    return replace(found, problems=(*found.problems, *unread))


def of_values(
    project: str,
    stack: str,
    values: Mapping[str, str],
    root: pathlib.Path | None,
    *checks: Check,
) -> Written:
    """Returns the accepted findings in the configuration of a stack as the engine
    passes it, and in the file of the project's folder."""
    lists = [
        _List(_parsed(values[key]), key, f"Pulumi.{stack}.yaml")
        for key in _keys(project)
        if key in values
    ]
    return _read([*lists, *(_of_file(root, stack) if root else ())], *checks)


def _misspelt(project: Project, stack: str, configuration: Configuration) -> Iterator[str]:
    """Yields the problem of a key that nothing reads. Keys of the project itself are
    for its program to judge."""
    for key, value in configuration.values.items():
        namespace, _, name = key.partition(":")
        if namespace == NAMESPACE != project.name and name != KEY and nearest(name, [KEY]):
            found = _in_settings(project.settings_file(stack), key, False, value)
            yield found.line(unknown_key(key, found.items, [f"{NAMESPACE}:{KEY}"]))


def _of_no_stack(project: Project) -> Iterator[str]:
    """Yields the problem of a file whose stack doesn't exist."""
    stacks = project.stacks
    for file in sorted(project.root.glob("accepted.*.yaml")) if stacks else ():
        stack = file.name.removeprefix("accepted.").removesuffix(".yaml")
        if stack not in stacks:
            problem = one_of("stack", stack, stacks)[0]
            yield _line(replace(problem, fix=problem.fix or "rename the file"), file.name)


def _read(lists: "Sequence[_List | str]", *checks: Check) -> Written:
    entries: list[Mapping[str, Any]] = []
    problems: list[str] = []
    for found in lists:
        if isinstance(found, str):
            problems.append(found)
        elif found.items != []:
            from groundplan.acceptance import entries as reading  # imports Pulumi: if needed only

            valid, wrong = reading.read(found.items, found.key, *checks)
            problems += [found.line(problem) for problem in wrong]
            entries += [
                {**entry, "source": found.place(f"{found.key}[{number}]")}
                for number, entry in valid.items()
            ]
    return Written(tuple(entries), (*problems, *_twice(entries)))


def _keys(project: str) -> list[str]:
    return list(dict.fromkeys((f"{NAMESPACE}:{KEY}", f"{project}:{KEY}")))


def acceptances(manifest: Manifest) -> list["Acceptance"]:
    """Returns the acceptances of a manifest: those of files first."""
    registered = [resource for resource in manifest.resources if resource.type == TYPE]
    if not (manifest.accepted_findings or registered):
        return []
    from groundplan.acceptance.acceptance import Acceptance

    read = [Acceptance.of_data(entry) for entry in manifest.accepted_findings]
    read += [Acceptance.of_data(_arguments(entry), in_program=True) for entry in registered]
    return [acceptance for acceptance in read if acceptance is not None]


def registered_problems(manifest: Manifest, *checks: Check) -> list[str]:
    """Returns the problems of those that the program registers."""
    registered = [resource for resource in manifest.resources if resource.type == TYPE]
    if not registered:
        return []
    from groundplan.acceptance import entries as reading

    problems = []
    for resource in registered:
        _, wrong = reading.read([dict(resource.inputs)], "", *checks)
        for problem in wrong:
            key = f"{resource.name}{problem.key.removeprefix('[0]')}"
            problems.append(_line(replace(problem, key=key), resource.source))
    return problems


def _arguments(resource: Resource) -> dict[str, Any]:
    keys = {"resourcePattern": "resource_pattern"}
    arguments = {keys.get(key, key): value for key, value in resource.inputs.items()}
    return {**arguments, "source": resource.source}


@dataclass(frozen=True)
class _List:
    """A list of accepted findings, as it is written."""

    items: Any
    key: str
    source: str
    """What it is written in: `Pulumi.prod.yaml`, `--config`."""
    file: YamlFile | None = None
    """The file, where it has the key."""
    above: str = ""
    """The keys of the file that `key` is below."""
    written_key: str = ""
    """The key in the file, where it differs."""

    def place(self, key: str) -> str:
        """Returns the line of a key; of one that is missing, that of what it is missing
        in."""
        return self.file.at(self._path(key)) if self.file else self.source

    def line(self, problem: Problem) -> str:
        """A problem with its place and, below, the line of the file."""
        text = _line(problem, self.place(problem.key))
        if self.file is None:
            return text
        path = self._path(problem.key).removeprefix(f"{self.above}.")
        found = self.file.excerpt(path, problem.value, self.above)
        return "\n".join(
            [text, *(f"    {line}" for line in found.lines()[1:])] if found else [text]
        )

    def _path(self, key: str) -> str:
        path = f"{self.written_key or self.key}{key.removeprefix(self.key)}"
        return f"{self.above}.{path}" if self.above else path


def _in_settings(file: pathlib.Path, key: str, overridden: bool, value: str) -> _List:
    """Returns the list of a stack's settings, with the file that it is in."""
    items = _parsed(value)
    if overridden:
        return _List(items, key, "--config")
    settings = YamlFile.read(file)
    for written in (key, key.rpartition(":")[2]):  # one without a namespace is the project's
        if settings.excerpt(written, above="config", value=()):
            return _List(items, key, file.name, settings, "config", written)
    return _List(items, key, "Pulumi.yaml")


def _of_file(root: pathlib.Path, stack: str) -> "Iterator[_List | str]":
    file = file_of(root, stack)
    if file.is_file():
        yield _list_in(file)


def _list_in(file: pathlib.Path) -> "_List | str":
    """Returns the list of a file; in place of one that can't be read, its problem."""
    try:
        text = yaml_text.decode(text_files.read_bytes(file, yaml_text.MAX_BYTES))
        data = yaml_text.parse(text, dates=True)
    except yaml_text.TextError as error:
        return text_files.located(pathlib.Path(file.name), error)
    except text_files.FileError as error:
        return str(error)
    found = _List([], KEY, file.name, YamlFile(file.name, text))
    if data is None:
        return found
    if not isinstance(data, dict):
        return f"{file.name}: {Problem(KEY, MISSING, 'a list below this key')}"
    others = [str(key) for key in data if key != KEY]
    if others:
        return replace(found, key=others[0]).line(unknown_key(others[0], data[others[0]], [KEY]))
    return replace(found, items=data[KEY])


def _line(problem: Problem, source: str) -> str:
    return f"{source}: {problem}" if source else str(problem)


def _twice(entries: Sequence[Mapping[str, Any]]) -> list[str]:
    """Returns the problem of each entry that is there already: of two dates, none would
    count."""
    first: dict[tuple[Any, ...], str] = {}
    problems = []
    for entry in entries:
        names = ("rule", "risk", "resource", "resource_pattern")
        key = tuple(entry.get(name) for name in names)
        if key in first:
            subject = entry.get("rule") or entry.get("risk")
            problems.append(
                f"{entry['source']}: {subject} of {key[2] or key[3]} is accepted twice, first at "
                f"{first[key]}. Fix: remove one of them"
            )
        first.setdefault(key, str(entry["source"]))
    return problems


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except (json.JSONDecodeError, RecursionError):
        return text
