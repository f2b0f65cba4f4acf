"""Creates the package of a new component: args, validation, resources, tests.

    make component NAME=FeatureStore

The package passes the suite as it is. Replace its log group by the component's
resources.
"""

import pathlib
import re
import subprocess
import sys

from jinja2 import Environment, FileSystemLoader, StrictUndefined

ROOT = pathlib.Path(__file__).resolve().parents[1]
NAME = re.compile(r"([A-Z][a-z0-9]+)+")
FILES = {
    "component.py.jinja": "components/groundplan/{package}/{package}.py",
    "args.py.jinja": "components/groundplan/{package}/args.py",
    "validation.py.jinja": "components/groundplan/{package}/validation.py",
    "init.py.jinja": "components/groundplan/{package}/__init__.py",
    "test.py.jinja": "tests/{package}/test_{package}.py",
}


def snake_case(name: str) -> str:
    """Returns the package of a component: `FeatureStore` -> `feature_store`."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()


def create(name: str, root: pathlib.Path = ROOT) -> list[pathlib.Path]:
    """Writes the package, its tests and its public names. Returns the files written.

    Raises `ValueError` for a name that no class can have, or that exists.
    """
    if not NAME.fullmatch(name):
        raise ValueError(f"NAME is {name!r}. Allowed: a class name, such as FeatureStore.")
    package = snake_case(name)
    if (root / "components" / "groundplan" / package).exists():
        raise ValueError(f"components/groundplan/{package} exists. Fix: choose another NAME.")
    templates = Environment(
        loader=FileSystemLoader(pathlib.Path(__file__).with_name("templates")),
        undefined=StrictUndefined,
        keep_trailing_newline=True,
        autoescape=False,  # noqa: S701 (the output is Python, and nobody else's input)
    )
    written = []
    for template, pattern in FILES.items():
        file = root / pattern.format(package=package)
        file.parent.mkdir(parents=True, exist_ok=True)
        text = templates.get_template(template).render(name=name, package=package)
        file.write_text(text, encoding="utf-8")
        written.append(file)
    written.append(_publish(name, package, root))
    # The order of imports depends on the name.
    for command in (["check", "--select", "I", "--fix", "--quiet"], ["format", "--quiet"]):
        subprocess.run([sys.executable, "-m", "ruff", *command, *map(str, written)], check=True)
    return written


def _publish(name: str, package: str, root: pathlib.Path) -> pathlib.Path:
    """Adds the public names to `groundplan/__init__.py`."""
    file = root / "components" / "groundplan" / "__init__.py"
    text = file.read_text(encoding="utf-8")
    module = f"groundplan.{package}"
    imports = [
        f"    from {module}.args import {name}Args as {name}Args\n",
        f"    from {module}.{package} import {name} as {name}\n",
    ]
    entries = [
        f'    "{name}": "{module}.{package}",\n',
        f'    "{name}Args": "{module}.args",\n',
    ]
    text = text.replace("if TYPE_CHECKING:\n", "if TYPE_CHECKING:\n" + "".join(imports), 1)
    before, rest = text.split("MODULES = {\n", 1)
    lines, after = rest.split("}\n", 1)
    # A module with a long path is in parentheses, on a line of its own.
    lines = re.sub(r"\(\n\s+(\S+)\n\s+\)", r"\1", lines)
    table = sorted([*lines.splitlines(keepends=True), *entries])
    file.write_text(f"{before}MODULES = {{\n{''.join(table)}}}\n{after}", encoding="utf-8")
    return file


def main(arguments: list[str]) -> int:
    """Runs the command. Returns the exit code."""
    try:
        (name,) = arguments
        files = create(name)
    except ValueError as error:
        print(f"make component: {error}", file=sys.stderr)
        return 1
    for file in files:
        print(file.relative_to(ROOT))
    print("Next: make fix docs schema, then describe the component's resources.")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
