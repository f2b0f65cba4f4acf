"""Every runbook says whether it is urgent, what to do if that does not help, and how to
go back to the model before."""

import pathlib
import re

import pytest

RUNBOOKS = sorted((pathlib.Path(__file__).parents[2] / "docs" / "runbooks").glob("*.md"))
NAMES = [file.stem for file in RUNBOOKS]
OF_ENDPOINTS = [
    name for name in NAMES if name.startswith(("endpoint-", "serving-")) and "silence" not in name
]
"""Runbooks of what a new model can cause."""


def text(name: str) -> str:
    return next(file for file in RUNBOOKS if file.stem == name).read_text(encoding="utf-8")


def paragraph(name: str, start: str) -> str:
    """Returns the paragraph that begins so."""
    (found,) = re.findall(rf"^{re.escape(start)}(.*?)\n\n", text(name), re.MULTILINE | re.DOTALL)
    return " ".join(str(found).split())


@pytest.mark.parametrize("name", NAMES)
def test_the_title_is_in_plain_words(name: str) -> None:
    title = text(name).splitlines()[0]
    assert re.fullmatch(r"# [A-Z][A-Za-z' ,-]+", title), title
    assert len(title.split()) >= 4, title
    assert not re.search(r"[a-z][A-Z]", title), title  # no identifier


def test_titles_are_distinct() -> None:
    assert len({text(name).splitlines()[0] for name in NAMES}) == len(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_it_says_whether_it_is_urgent_before_anything_is_done(name: str) -> None:
    urgent = paragraph(name, "**Urgent:**")
    assert re.search(r"\b([Yy]es|[Nn]o|[Ss]oon|hours|now)\b", urgent), urgent
    assert text(name).index("**Urgent:**") < text(name).index("## First look")


@pytest.mark.parametrize("name", NAMES)
def test_it_says_what_to_do_if_the_first_steps_do_not_help(name: str) -> None:
    further = paragraph(name, "**If this does not help:**")
    assert len(further) > 40, further
    assert text(name).index("**If this does not help:**") > text(name).index("## Likely causes")


@pytest.mark.parametrize("name", [*OF_ENDPOINTS, "release-failed"])
def test_runbooks_of_endpoints_name_the_rollback_of_a_release(name: str) -> None:
    assert "groundplan release rollback TARGET" in text(name)


@pytest.mark.parametrize("name", NAMES)
def test_the_links_resolve_with_their_headings(name: str) -> None:
    folder = RUNBOOKS[0].parent
    for path, heading in re.findall(r"\]\(([a-z0-9./-]+\.md)(?:#([a-z0-9-]+))?\)", text(name)):
        file = (folder / path).resolve()
        assert file.is_file(), path
        headings = re.findall(r"^#+ (.*)$", file.read_text(encoding="utf-8"), re.MULTILINE)
        known = {re.sub(r"[^a-z0-9 -]", "", line.lower()).replace(" ", "-") for line in headings}
        assert not heading or heading in known, f"{path}#{heading}"


@pytest.mark.parametrize("name", NAMES)
def test_commands_of_groundplan_exist(name: str) -> None:
    import click
    from groundplan.cli import main

    for words in re.findall(r"groundplan ((?:release|retraining) [a-z]+)", text(name)):
        command: click.Command = main
        for word in words.split():
            assert isinstance(command, click.Group)
            found = command.get_command(click.Context(command), word)
            assert found is not None, words
            command = found
