"""The labelled changes of `tests/risk/labelled`, as pairs of manifests."""

import copy
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml
from groundplan.diff.changes import Changes
from groundplan.diff.comparison import compare
from groundplan.manifest.model import Manifest, Resource
from groundplan.policy.check import check
from groundplan.risk.analysis import analyze
from groundplan.risk.risk import ORDER, Level, Risk
from groundplan.risk.verdict import Status, verdict

LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
FOLDER = Path(__file__).parents[1] / "labelled"
REPORT = re.compile(r"[\w.-]+/[\w.-]+#\d+")
"""The source of a public report: `pulumi/pulumi-aws#3777`."""
SYMBOL = re.compile(r"\$\{([\w-]+)\.")

STATUS = {Status.YES: "succeeds", Status.NO: "fails", Status.UNKNOWN: "may fail"}

Entry = tuple[str, dict[str, Any], dict[str, Any]]
"""Type, inputs and options of a resource."""


@dataclass(frozen=True)
class Labelled:
    """One labelled change."""

    label: Mapping[str, Any]
    file: str

    @property
    def name(self) -> str:
        return f"{self.file}: {self.label['change']}"

    @property
    def from_report(self) -> bool:
        return REPORT.fullmatch(self.label["source"]) is not None

    @property
    def safe(self) -> bool:
        return bool(self.label.get("safe"))

    @property
    def least(self) -> Level:
        return Level(self.label["risk"].split()[0])

    @property
    def kinds(self) -> frozenset[str]:
        return frozenset(self.label["risk"].split()[1:])

    @property
    def most(self) -> Level:
        return Level(self.label.get("most", "low" if self.safe else "high"))

    @cached_property
    def manifests(self) -> tuple[Manifest, Manifest]:
        base = {name: _entry(value) for name, value in self.label["base"].items()}
        now = copy.deepcopy(base)
        for name, edit in self.label["now"].items():
            _edit(now, name, edit)
        providers = self.label.get("providers", (None, None))
        return _manifest(base, providers[0]), _manifest(now, providers[1])

    @cached_property
    def changes(self) -> Changes:
        return compare(*self.manifests, "base")

    @cached_property
    def risks(self) -> list[Risk]:
        return analyze(self.changes, *self.manifests)

    @property
    def status(self) -> str:
        """Whether `pulumi up` succeeds, fails or may fail."""
        return STATUS[verdict(self.changes, *self.manifests, self.risks).status]

    @property
    def new_rules(self) -> set[str]:
        """The policy rules that the change breaks, and the base doesn't."""
        before, after = ({f.rule for f in check(manifest)} for manifest in self.manifests)
        return after - before

    @property
    def caught(self) -> bool:
        """Whether a risk of an expected kind has at least the expected level."""
        return any(
            risk.kind in self.kinds and ORDER.index(risk.level) <= ORDER.index(self.least)
            for risk in self.risks
        )

    @property
    def exaggerated(self) -> list[Risk]:
        """The risks above the highest level that the change may have."""
        return [r for r in self.risks if ORDER.index(r.level) < ORDER.index(self.most)]


def labelled() -> Iterator[Labelled]:
    """All labelled changes, by file."""
    for path in sorted(FOLDER.glob("*.yaml")):
        for label in yaml.load(path.read_bytes(), LOADER):  # noqa: S506 (a safe loader)
            yield Labelled(label, path.stem)


def _entry(value: list[Any]) -> Entry:
    type_, inputs, options = (*value, {}, {})[:3]
    return type_, copy.deepcopy(inputs), copy.deepcopy(options)


def _edit(entries: dict[str, Entry], name: str, edit: Any) -> None:
    if edit is None:
        del entries[name]
    elif isinstance(edit, list):
        entries[name] = _entry(edit)
    else:
        type_, inputs, options = entries[name]
        for key, value in edit.items():
            option = key.startswith("$")
            _merge(options if option else inputs, {key.removeprefix("$"): value})
        entries[name] = type_, inputs, options


def _merge(target: dict[str, Any], edit: Mapping[str, Any]) -> None:
    """Merges `edit` into `target`; `null` removes a key, a list replaces one."""
    for key, value in edit.items():
        if value is None:
            target.pop(key, None)
        elif isinstance(value, dict) and isinstance(target.get(key), dict):
            _merge(target[key], value)
        else:
            target[key] = copy.deepcopy(value)


def _manifest(entries: Mapping[str, Entry], providers: Mapping[str, Any] | None) -> Manifest:
    urns: dict[str, str] = {}
    for name, (type_, _, options) in entries.items():
        chain = f"{entries[options['parent']][0]}${type_}" if "parent" in options else type_
        urns[name] = f"urn:pulumi:dev::shop::{chain}::{name}"
    resources = sorted((_resource(n, e, urns) for n, e in entries.items()), key=lambda r: r.urn)
    return Manifest("shop", "dev", tuple(resources), default_providers=providers)


def _resource(name: str, entry: Entry, urns: Mapping[str, str]) -> Resource:
    type_, inputs, options = entry
    sources = {
        key: tuple(sorted(urns[n] for n in set(SYMBOL.findall(json.dumps(value))) if n in urns))
        for key, value in inputs.items()
    }
    sources |= {key: (urns[other],) for key, other in options.get("of", {}).items()}
    sources = {key: found for key, found in sources.items() if found}
    if "provider" in options:
        options = {**options, "provider": urns[options["provider"]]}
    return Resource(
        urns[name],
        type_,
        name,
        urns.get(options.get("parent", "")),
        not type_.startswith("shop:"),
        inputs,
        dependencies=tuple(sorted({urn for found in sources.values() for urn in found})),
        property_dependencies=sources,
        options={key: value for key, value in options.items() if key not in ("parent", "of")},
    )
