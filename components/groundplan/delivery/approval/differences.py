"""What differs between what was approved and what would be deployed."""

from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass
from typing import Any

from groundplan.delivery.approval.baseline import Values
from groundplan.delivery.approval.canonical import keyed_digest, leaves, text
from groundplan.delivery.approval.engine_preview import words
from groundplan.delivery.approval.masking import masked
from groundplan.delivery.approval.subject import Properties, Subject
from groundplan.manifest.model import SECRET

ABSENT = "absent"
"""The text for a value that isn't there."""
CHANGED = "another value"
"""The text for a value of which only a digest is known."""
CIPHERTEXT = ".ciphertext"
"""The end of the path of a secret in a state."""
AGAIN = "encrypted again or changed"
"""What is known of a secret with another ciphertext: only its key could say more."""
BY_URN = ("resources", "invokes")


@dataclass(frozen=True)
class Difference:
    """One difference."""

    part: str
    """manifest, baseline, plan, settings, program, variables, versions, backend,
    commit."""
    subject: str
    """What differs: the URN of a resource, a file, the name of a variable."""
    property: str
    """The path of the property; empty for the whole."""
    before: str
    """The value that was approved, as text; secrets are masked."""
    after: str

    def __str__(self) -> str:
        name = f"{self.subject} {self.property}".rstrip()
        return f"{WORDS[self.part]}: {name}: {self.before} -> {self.after}"


WORDS: Mapping[str, str] = {
    "project": "project",
    "stack": "stack",
    "backend": "backend of the state",
    "commit": "commit",
    "manifest": "program registers",
    "baseline": "deployed state",
    "plan": "update would do",
    "settings": "settings",
    "program": "program file",
    "variables": "environment variable",
    "versions": "version",
}
"""Part -> the words of a difference."""


@dataclass(frozen=True)
class Live:
    """The values behind the digests of a subject that was just recorded."""

    baseline: Values
    plan: Values


def differences(approved: Subject, current: Subject, live: Live, salt: str) -> list[Difference]:
    """All differences. `current` has the digests of the same salt."""
    found = [
        *_single(approved, current),
        *_manifest(approved.manifest, current.manifest),
        *_values("settings", approved.settings, current.settings),
        *_digests("program", approved.program, current.program),
        *_digests("variables", approved.variables, current.variables),
        *_values("versions", approved.versions, current.versions),
        *_deployed("baseline", approved, current.baseline, live.baseline, salt),
        *_deployed("plan", approved, current.plan, live.plan, salt),
    ]
    return [*found, *_unnamed(approved, current, {item.part for item in found})]


def _unnamed(approved: Subject, current: Subject, named: Set[str]) -> Iterator[Difference]:
    """The parts whose digests differ though nothing was named. The digests decide."""
    before, after = approved.digests(), current.digests()
    for part in before:
        if before[part] != after[part] and part not in named:
            yield Difference(part, "", "", before[part], after[part])


def _single(approved: Subject, current: Subject) -> Iterator[Difference]:
    for part in ("project", "stack", "backend", "commit"):
        before, after = getattr(approved, part), getattr(current, part)
        if before != after:
            yield Difference(part, "", "", before or ABSENT, after or ABSENT)


def _manifest(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Difference]:
    rest = [{k: v for k, v in side.items() if k not in BY_URN} for side in (before, after)]
    yield from _values("manifest", {"the program": rest[0]}, {"the program": rest[1]})
    resources = [{r["urn"]: r for r in side.get("resources", ())} for side in (before, after)]
    yield from _values("manifest", *resources)
    invokes = [_invokes(side) for side in (before, after)]
    yield from _values("manifest", *invokes)


def _invokes(manifest: Mapping[str, Any]) -> dict[str, Any]:
    return {
        f"{number}: {invoke['token']}": invoke
        for number, invoke in enumerate(manifest.get("invokes", ()))
    }


def _values(part: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Difference]:
    """The differences of data whose values are known, by name and path."""
    for name in sorted({*before, *after}):
        if name not in before or name not in after:
            there = "present"
            words = (there, ABSENT) if name in before else (ABSENT, there)
            yield Difference(part, name, "", *words)
            continue
        old, new = leaves(before[name]), leaves(after[name])
        for path in sorted({*old, *new}):
            # As text: in Python, true is equal to 1.
            if path not in old or path not in new or text(old[path]) != text(new[path]):
                yield Difference(part, name, path, _shown(old, path), _shown(new, path))


def _shown(values: Mapping[str, Any], path: str) -> str:
    return masked(path, values[path]) if path in values else ABSENT


def _digests(
    part: str, before: Mapping[str, str | None], after: Mapping[str, str | None]
) -> Iterator[Difference]:
    for name in sorted({*before, *after}):
        old, new = before.get(name), after.get(name)
        if old != new:
            yield Difference(part, name, "", _of_digest(old), _of_digest(new))


def _of_digest(value: str | None) -> str:
    return ABSENT if value is None else value.removeprefix("sha256:")[:12]


def _deployed(
    part: str, approved: Subject, after: Properties | None, values: Values, salt: str
) -> Iterator[Difference]:
    before: Properties | None = getattr(approved, part)
    if before is None or after is None:
        if before is not after:
            asked = ("not asked", "asked") if before is None else ("asked", "not asked")
            yield Difference(part, "the engine", "", *asked)
        return
    known = {r["urn"]: leaves(r.get("inputs") or {}) for r in approved.manifest["resources"]}
    for urn in sorted({*before, *after}):
        old, new = before.get(urn, {}), after.get(urn, {})
        if not (old and new):
            yield Difference(part, urn, "", *_presence(part, bool(new), values.get(urn, {})))
            continue
        for path in sorted({*old, *new}):
            if old.get(path) != new.get(path):
                now = values.get(urn, {})
                if path.endswith(CIPHERTEXT) and path in old and path in new:
                    path = path.removesuffix(CIPHERTEXT)
                    yield Difference(part, urn, path, SECRET, f"{SECRET}, {AGAIN}")
                    continue
                yield Difference(
                    part,
                    urn,
                    path,
                    _recovered(path, old.get(path), known.get(urn, {}), salt),
                    _shown(now, path),
                )


def _presence(part: str, is_new: bool, values: Mapping[str, Any]) -> tuple[str, str]:
    if part == "plan":
        return ("nothing", words(values)) if is_new else (CHANGED, "nothing")
    return (ABSENT, "deployed") if is_new else ("deployed", ABSENT)


def _recovered(path: str, digest: str | None, inputs: Mapping[str, Any], salt: str) -> str:
    """The value that was deployed: the document has its digest, which is that of the
    program's own value where nobody has edited the state."""
    if digest is None:
        return ABSENT
    for start in ("inputs.", "before.", "outputs.", ""):
        name = path.removeprefix(start)
        if name in inputs and keyed_digest(inputs[name], salt) == digest:
            return masked(name, inputs[name])
    return CHANGED
