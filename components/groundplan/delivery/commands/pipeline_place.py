"""Where a project is in its repository, and what its stacks say of their delivery."""

import json
import pathlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from groundplan.command_line.errors import CommandError

if TYPE_CHECKING:
    from groundplan.delivery_levels.args import DeliveryArgs
    from groundplan.manifest.project import Project


@dataclass(frozen=True)
class Place:
    """Where a project is, and where its platform looks for pipelines."""

    project: "Project | None"
    """`None` where the program isn't there yet, or isn't Python."""
    home: pathlib.Path
    """The folder of Pulumi.yaml."""
    root: pathlib.Path
    """The root of the repository: platforms read pipelines only there."""

    @classmethod
    def of(cls, folder: pathlib.Path) -> "Place":
        """The place of the project that a folder belongs to."""
        from groundplan.delivery.approval.sources import repository
        from groundplan.manifest.project import ProjectError, load

        try:
            project = load(folder)
        except ProjectError:
            project = None
        home = project.root if project else folder.resolve()
        return cls(project, home, repository(home))

    @property
    def folder(self) -> str:
        """The project's folder below the root; empty for the root."""
        found = self.home.relative_to(self.root).as_posix()
        return "" if found == "." else found

    @property
    def stacks(self) -> list[str]:
        """The stacks with a settings file."""
        if self.project:
            return self.project.stacks
        files = self.home.glob("Pulumi.*.yaml")
        return sorted(file.name.removeprefix("Pulumi.").removesuffix(".yaml") for file in files)

    def delivery(self, stack: str) -> "DeliveryArgs":
        """The delivery settings of a stack. Raises `CommandError` for invalid ones:
        without them, a stack would be deployed that nobody approved."""
        from groundplan.delivery_levels.declared import InvalidDelivery, declared
        from groundplan.excerpts import YamlFile
        from groundplan.manifest.project import ProjectError, configuration

        file = self.home / f"Pulumi.{stack}.yaml"
        try:
            if self.project:
                file = self.project.settings_file(stack)
                values = configuration(self.project, stack, {}).values
                return declared(self.project.name, stack, values)
            return declared(*_written(file, stack))
        except ProjectError as error:
            raise CommandError(str(error)) from None
        except InvalidDelivery as error:
            raise CommandError(error.with_lines(YamlFile.read(file, file.name))) from None


def _written(file: pathlib.Path, stack: str) -> tuple[str, str, dict[str, str]]:
    """The delivery section of a stack file, of whichever project, for `declared`."""
    from groundplan.manifest import text_files

    try:
        data = text_files.read_yaml(file) if file.is_file() else None
    except text_files.FileError as error:
        raise CommandError(str(error)) from None
    config = data.get("config") if isinstance(data, dict) else None
    for key, value in (config if isinstance(config, dict) else {}).items():
        project, _, name = str(key).rpartition(":")
        if name == "delivery":
            return project, stack, {f"{project}:delivery": json.dumps(value, default=str)}
    return "", stack, {}
