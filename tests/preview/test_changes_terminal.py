import io

from groundplan.preview.changes import ABSENT, Change, Changes, Kind, PropertyChange
from groundplan.preview.danger import Danger, Level
from groundplan.preview.manifest import Manifest, Resource
from groundplan.preview.present.changes_terminal import show_changes
from groundplan.preview.report import Report
from rich.console import Console

QUEUE = Resource("urn:q", "aws:sqs/queue:Queue", "q", None, True, {})


def said(report: Report, terminal: bool = False) -> str:
    console = Console(file=io.StringIO(), width=200, force_terminal=terminal)
    show_changes(report, console)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def report(*changes: Change, **more: object) -> Report:
    counts = {kind: sum(change.kind is kind for change in changes) for kind in Kind}
    return Report("shop", "dev", Manifest("shop", "dev", (QUEUE,)), changes=Changes("main", changes, 5, counts=counts), **more)  # type: ignore[arg-type]


def test_nothing_changed_is_one_line() -> None:
    assert said(report()) == "shop/dev: no changes against main\n"


def test_signs_and_words_say_what_happens_without_colour() -> None:
    text = said(
        report(
            Change(Kind.REPLACE, QUEUE, QUEUE, (PropertyChange("name", "a", "b", True), PropertyChange("delay", ABSENT, 3))),
            dangers=(Danger(Level.HIGH, "downtime", "urn:q", "q goes away.", "its name changes", ("r", "s")),),
        )
    )
    lines = text.splitlines()
    assert lines[0].startswith("shop/dev: 0 to create, 0 to update, 1 to replace, 0 to delete")
    assert lines[1:4] == ["! high q goes away.", "    because its name changes", "    affects r, s"]
    assert "  -/+ q aws Queue" in lines
    assert "        name: a -> b  (forces replacement)" in lines
    assert "        delay: + 3" in lines


def test_colour_is_for_terminals_only() -> None:
    changed = report(Change(Kind.CREATE, None, QUEUE))
    assert "\x1b[" not in said(changed)
    assert "\x1b[" in said(changed, terminal=True)
