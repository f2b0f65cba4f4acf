"""What the policy pack accepts: the findings that the stack's settings, the file beside
the program and the program itself accept, as a preview reads them."""

import datetime
import os
import pathlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from groundplan.acceptance.acceptance import Acceptance, Subject
from groundplan.manifest import accepted_findings, text_files
from groundplan.manifest.accepted_findings import Check, Written
from groundplan.manifest.model import Manifest
from groundplan.policy.finding import Breach, Rule

PROJECT = "GROUNDPLAN_PROJECT"
"""The environment variable with the project's folder, where the pack runs elsewhere."""


@dataclass(frozen=True)
class Accepted:
    """The acceptances of a stack on a day."""

    stack: str
    today: datetime.date
    acceptances: tuple[Acceptance, ...] = ()
    problems: tuple[str, ...] = ()
    """What is wrong with others, which accept nothing."""

    def covering(self, rule: Rule, breach: Breach) -> list[Acceptance]:
        """Returns the acceptances of a breach, expired ones too."""
        key = (Subject.RULE, rule.name, breach.urn, self.stack)
        return [acceptance for acceptance in self.acceptances if acceptance.covers(*key)]

    def is_accepted(self, rule: Rule, breach: Breach) -> bool:
        """Returns whether a breach is accepted, on the day."""
        return any(not found.is_expired(self.today) for found in self.covering(rule, breach))

    def note(self, rule: Rule, breach: Breach) -> str:
        """Returns what to add to the text of a breach whose acceptance has expired."""
        expired = [found for found in self.covering(rule, breach) if found.is_expired(self.today)]
        if not expired:
            return ""
        last = max(expired, key=lambda found: found.expires)
        return f" Its acceptance by {last.owner} EXPIRED on {last.expires}."

    def advice(self, rules: Iterable[Rule], manifest: Manifest) -> Iterator[str]:
        """A sentence for each acceptance that covers something, has expired, or covers
        nothing."""
        breaches = [
            (rule, breach)
            for rule in rules
            for resource in manifest.resources
            for breach in rule.check(resource, manifest)
        ]
        for acceptance in self.acceptances:
            if acceptance.subject is Subject.RISK:
                continue  # the engine knows no risks
            number = sum(acceptance in self.covering(*found) for found in breaches)
            until = f"{acceptance.name} of {acceptance.resource}"
            if acceptance.is_expired(self.today):
                verdict = f"EXPIRED on {acceptance.expires}: the acceptance of {until}."
            elif number:
                verdict = f"Accepted until {acceptance.expires}: {until}."
            else:
                verdict = f"Unused: the acceptance of {until}; nothing matches it."
            yield f"{verdict} Owner: {acceptance.owner}. Reason: {acceptance.reason}"


def of_stack(manifest: Manifest, files: Written, today: datetime.date, *checks: Check) -> Accepted:
    """Returns what is accepted in a stack: what its files accept, and what its program
    registers."""
    problems = accepted_findings.registered_problems(manifest, *checks)
    found = accepted_findings.acceptances(replace(manifest, accepted_findings=files.entries))
    return Accepted(manifest.stack, today, tuple(found), (*files.problems, *problems))


def folders_of_pack(pack: pathlib.Path) -> list[pathlib.Path]:
    """Returns the folders that the project may be in: the one that is named, the one
    that the command was started in, the one that the pack is in."""
    named = [os.environ.get(name) for name in (PROJECT, "PWD")]
    return [*(pathlib.Path(folder) for folder in named if folder), pack.parent]


def project_folder(folders: Iterable[pathlib.Path], project: str) -> pathlib.Path | None:
    """Returns the first folder, or the nearest one above, whose Pulumi.yaml has the
    project's name."""
    for folder in folders:
        for at in (folder, *folder.parents):
            file = at / "Pulumi.yaml"
            if not file.is_file():
                continue
            try:
                data = text_files.read_yaml(file)
            except text_files.FileError:
                continue
            if isinstance(data, dict) and data.get("name") == project:
                return at
    return None
