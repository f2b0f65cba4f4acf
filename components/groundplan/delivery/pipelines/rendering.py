"""The pipelines of a platform: path -> text. Pure."""

import json
import pathlib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache

from jinja2 import Environment, FileSystemLoader, StrictUndefined

PULUMI = "3.272.0"
"""The CLI that is installed: the version of the SDK in the requirements."""


class Platform(StrEnum):
    """Where pipelines run."""

    GITHUB = "github"
    AZURE = "azure"


FILES: Mapping[Platform, Mapping[str, str]] = {
    Platform.GITHUB: {
        f".github/workflows/{name}.yml": f"github/{name}.yml.jinja"
        for name in ("preview", "comment", "plan", "deploy", "drift", "images")
    },
    Platform.AZURE: {
        f"{name}.yml": f"azure/{name}.yml.jinja"
        for name in (
            "azure-pipelines",
            "azure-plan",
            "azure-deploy",
            "azure-drift",
            "azure-images",
        )
    },
}
"""Path in the repository -> template."""


@dataclass(frozen=True)
class Delivery:
    """What differs between repositories."""

    stacks: tuple[str, ...]
    """In the order of promotion."""
    branch: str = "main"
    setup: str = "make setup"
    """The command that sets up `.venv` with the program's packages and Groundplan."""
    python: str = "3.12"
    sealed: tuple[str, ...] = ()
    """Stacks that `groundplan up` deploys, in place of `pulumi up`."""
    proposed: tuple[str, ...] = ()
    """Those of `sealed` whose approval the pipeline seals itself, before the review of
    its environment."""
    stored: tuple[str, ...] = ()
    """Those of `sealed` whose approval is in a store. The rest needs none."""
    folder: str = ""
    """The project's folder below the repository's root: `infra`; empty for the root."""


def render(platform: Platform, delivery: Delivery) -> dict[str, str]:
    """Returns the files of a platform."""
    values = {
        "stacks": list(delivery.stacks),
        "branch": delivery.branch,
        "setup": delivery.setup,
        "python": delivery.python,
        "pulumi": PULUMI,
        "sealed": delivery.sealed,
        "proposed": delivery.proposed,
        "stored": delivery.stored,
        "folder": delivery.folder,
        "below": f"{delivery.folder}/" if delivery.folder else "",
    }
    return {
        path: _templates().get_template(name).render(values).rstrip() + "\n"
        for path, name in FILES[platform].items()
    }


@cache
def _templates() -> Environment:
    templates = Environment(
        loader=FileSystemLoader(pathlib.Path(__file__).with_name("templates")),
        undefined=StrictUndefined,
        keep_trailing_newline=True,
        # GitHub's expressions have double braces.
        block_start_string="[%",
        block_end_string="%]",
        variable_start_string="[[",
        variable_end_string="]]",
        comment_start_string="[#",
        comment_end_string="#]",
        trim_blocks=True,
        lstrip_blocks=True,
        autoescape=False,  # noqa: S701 (the output is YAML; names are checked before)
    )
    templates.filters["scalar"] = _scalar
    return templates


def _scalar(text: str) -> str:
    """A text as a value of YAML: with quotes where it would be read as another value,
    or as none."""
    import yaml  # on demand: the help of the command does without

    try:
        if yaml.safe_load(f"[{text}]") == [text] and yaml.safe_load(f"key: {text}") == {
            "key": text
        }:
            return text
    except yaml.YAMLError:
        pass
    return json.dumps(text, ensure_ascii=False)
