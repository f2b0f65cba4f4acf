"""The templates: their escaping for Markdown and SVG, and that the wheel has them."""

import pathlib
import subprocess
import sys
import zipfile

import pytest
from groundplan.report.diagram import diagram
from groundplan.report.html import page
from groundplan.report.markdown import render
from jinja2 import Environment, StrictUndefined, UndefinedError

COMPONENTS = pathlib.Path(__file__).parents[2] / "components"
ENVIRONMENTS = {
    "html": page.TEMPLATES,
    "svg": diagram.TEMPLATES,
    "md": render.TEMPLATES,
}


@pytest.mark.parametrize("name", ENVIRONMENTS)
def test_every_environment_escapes_without_a_filter(name: str) -> None:
    templates = ENVIRONMENTS[name]
    assert templates.autoescape is True
    assert templates.undefined is StrictUndefined
    text = templates.from_string("{{ value }}").render(value="<b>\x1b\u202e\u200b\x9b&")
    codes = r"\x1b\u202e\u200b\x9b"
    codes = codes.replace("\\", "\\\\") if name == "md" else codes
    assert text == f"&lt;b&gt;{codes}&amp;"
    with pytest.raises(UndefinedError):
        templates.from_string("{{ missing }}").render()


def test_a_value_without_a_filter_is_escaped_for_markdown() -> None:
    rendered = render.TEMPLATES.from_string("{{ value }}").render(value="*a* | [b](c) @d $e\n# f")
    assert rendered == "\\*a\\* &#124; \\[b\\](c) @&#8203;d &#36;e #&#8203; f"
    code = render.TEMPLATES.from_string("{{ value | code }}").render(value="*a*")
    assert code == "`*a*`"


def templates(environment: Environment) -> list[str]:
    assert environment.loader is not None
    return environment.loader.list_templates()


@pytest.mark.parametrize("name", ENVIRONMENTS)
def test_every_template_compiles(name: str) -> None:
    files = templates(ENVIRONMENTS[name])
    assert files
    for file in files:
        assert file.endswith(f".{name}.jinja")
        ENVIRONMENTS[name].get_template(file)


def test_the_wheel_contains_every_file_of_the_reports(tmp_path: pathlib.Path) -> None:
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(build, cwd=COMPONENTS, check=True, capture_output=True, timeout=60)
    (wheel,) = tmp_path.glob("*.whl")
    contents = set(zipfile.ZipFile(wheel).namelist())
    files = {
        str(file.relative_to(COMPONENTS))
        for pattern in ("*.jinja", "*.css", "*.js")
        for file in (COMPONENTS / "groundplan" / "report").rglob(pattern)
    }
    assert len([file for file in files if file.endswith(".jinja")]) == sum(
        len(templates(environment)) for environment in ENVIRONMENTS.values()
    )
    assert files <= contents
