"""The settings file of a stack, for the lines that errors name.

The engine passes the values of a stack's configuration, not where they stand.
"""

import pathlib
from dataclasses import replace

import pulumi
import yaml
from groundplan.excerpts import YamlFile, report
from groundplan.problems import Problem


def error_of(problem: Problem) -> pulumi.RunError:
    """Returns the error of a problem that only the deployment finds, with its line."""
    stack = pulumi.get_stack()
    file = of_stack(pulumi.runtime.get_root_directory(), stack)
    named = replace(problem, key=f"{pulumi.get_project()}:{problem.key}")
    title = f"Pulumi.{stack}.yaml has invalid settings"
    return pulumi.RunError(report(title, [named], file, above="config"))


def of_stack(root: str | None, stack: str) -> YamlFile:
    """Returns the settings file of a stack of the project in `root`, or of the project
    that the program runs in; a file without lines where there is none."""
    folder = project_folder(root)
    name = _folder_of_settings(folder) / f"Pulumi.{stack}.yaml"
    return YamlFile.read(folder / name, name.as_posix())


def project_folder(root: str | None) -> pathlib.Path:
    """Returns the folder of Pulumi.yaml: `root`, or that of the project that the
    program runs in."""
    return pathlib.Path(root) if root else _project(pathlib.Path.cwd())


def _project(start: pathlib.Path) -> pathlib.Path:
    """Returns the folder of Pulumi.yaml, at or above the program's."""
    found = (at for at in (start, *start.parents) if (at / "Pulumi.yaml").is_file())
    return next(found, start)


def _folder_of_settings(root: pathlib.Path) -> pathlib.Path:
    """Returns `stackConfigDir` of Pulumi.yaml, relative to its folder."""
    try:
        project = yaml.safe_load((root / "Pulumi.yaml").read_text(encoding="utf-8"))
    except (OSError, ValueError, yaml.YAMLError, RecursionError):
        return pathlib.Path()
    named = project.get("stackConfigDir") if isinstance(project, dict) else None
    return pathlib.Path(named) if isinstance(named, str) else pathlib.Path()
