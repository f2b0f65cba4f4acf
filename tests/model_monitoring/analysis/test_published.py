"""What a result is published as: metrics, an event, a page, and files."""

import dataclasses
import datetime
import html.parser
import json
import pathlib
import re
from typing import Any

import pytest
import recorded_day
from groundplan.model_monitoring.analysis import handler, history, job, names, published, report
from groundplan.model_monitoring.analysis.check import Check
from groundplan.model_monitoring.analysis.job import Job
from groundplan.model_monitoring.analysis.stores import Folder
from groundplan.model_monitoring.analysis.verdicts import Family, Status, Verdict

NOW = datetime.datetime(2026, 11, 28, tzinfo=datetime.UTC)


@pytest.fixture(scope="module")
def day(tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    folder = tmp_path_factory.mktemp("moved")
    recorded_day.write(folder, shift=6.0)
    return folder


def settings(day: pathlib.Path, results: pathlib.Path) -> dict[str, Any]:
    wanted = {
        "monitor": "loans",
        "captures": f"{day}/captures",
        "baseline": f"{day}/baseline.json",
        "labels": f"{day}/labels",
    }
    return {"job": wanted, "results": str(results)}


@pytest.fixture(scope="module")
def check(day: pathlib.Path) -> Check:
    wanted = Job.read(
        {**settings(day, day)["job"], "start": recorded_day.START, "end": recorded_day.END}
    )
    return job.run(wanted)


def test_log_lines_are_metrics_of_cloudwatch(check: Check) -> None:
    lines = list(published.embedded(check, NOW))
    for line in lines:
        (directive,) = line["_aws"]["CloudWatchMetrics"]
        assert directive["Namespace"] == "Groundplan/ModelMonitoring"
        names = {metric["Name"] for metric in directive["Metrics"]}
        assert all(isinstance(line[name], int | float) for name in names)
        assert all(isinstance(line[name], str) for name in directive["Dimensions"][0])
        assert 1 <= len(names) <= 100
        json.dumps(line, allow_nan=False)
    assert lines[0]["DriftAlarms"] == 2
    assert (lines[0]["Rows"], lines[0]["Requests"], lines[0]["BrokenLines"]) == (600, 600, 3)
    assert {line.get("Column") for line in lines} >= {"income", "city", "score"}
    assert {line.get("Slice") for line in lines} >= {"all", "city=Rome"}


def test_shares_of_values_are_metrics_of_their_columns(check: Check) -> None:
    seen = [
        (Family.MISSING, "income", 0.25),
        (Family.UNSEEN, "city", 0.5),
        (Family.INVALID, "age", 0.0),
    ]
    verdicts = [
        Verdict(family, column, Status.OK, "", 600, 600, value=share)
        for family, column, share in seen
    ]
    found = dataclasses.replace(check, verdicts=tuple(verdicts))

    lines = list(published.embedded(found, NOW))
    assert [line["Missing"] for line in lines if line.get("Column") == "income"] == [0.25]
    assert [line["Unseen"] for line in lines if line.get("Column") == "city"] == [0.5]
    assert not [line for line in lines if "Invalid" in line]
    text = published.prometheus(found)
    for column, kind, share in (("income", "missing", "0.25"), ("age", "invalid", "0")):
        labels = f'monitor="loans",column="{column}",kind="{kind}"'
        assert f"groundplan_model_monitoring_share{{{labels}}} {share}\n" in text


SAMPLE = re.compile(r'(\w+)\{(?:\w+="(?:[^"\\]|\\.)*",?)*\} (-?[\d.e+-]+)$')


def test_the_text_is_prometheus_format(check: Check) -> None:
    text = published.prometheus(check)
    assert text.endswith("\n")
    declared = set()
    for line in text.splitlines():
        if line.startswith("# TYPE"):
            declared.add(line.split()[2])
        elif not line.startswith("#"):
            sample = SAMPLE.match(line)
            assert sample, line
            assert sample[1] in declared
    assert 'groundplan_model_monitoring_status{monitor="loans",family="data_drift"} 2' in text
    assert 'groundplan_model_monitoring_broken_lines{monitor="loans"} 3' in text


def test_the_event_names_the_result_and_what_alarms(check: Check) -> None:
    entry = published.event(check, "s3://bucket/check.json", "bus")
    detail = json.loads(entry["Detail"])
    assert (entry["Source"], entry["EventBusName"]) == ("groundplan.model-monitoring", "bus")
    assert detail["status"] == "alarm"
    assert detail["digest"] == check.document()["digest"]
    assert detail["baseline"]["source"]["dataset"] == "loans@3"
    assert {alarm["subject"] for alarm in detail["alarms"]} == {"income", "score"}
    assert len(entry["Detail"]) < 256 * 1024


class Page(html.parser.HTMLParser):
    """Collects the tags of a page, and checks that they close."""

    VOID = frozenset({"meta", "rect", "line", "circle", "polyline"})

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.text = ""
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in self.VOID:
            assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def test_the_page_needs_nothing_else_and_shows_plots(check: Check) -> None:
    page = Page(report.page(check).decode())
    assert not {tag for tag, _ in page.tags} & {"script", "link", "img", "iframe", "object"}
    assert not [a for _, a in page.tags if {"src", "href", "onload", "onclick"} & a.keys()]
    assert (
        "meta",
        {"name": "viewport", "content": "width=device-width, initial-scale=1"},
    ) in page.tags
    plots = [attributes["aria-label"] for tag, attributes in page.tags if tag == "svg"]
    assert plots[0] == "Share of positives by score"
    assert {"Distribution of income", "Distribution of score"} <= set(plots)
    assert "@media (prefers-color-scheme: dark)" in page.text
    assert "Alarm" in page.text


def test_what_comes_from_requests_is_escaped(tmp_path: pathlib.Path) -> None:
    recorded_day.write(tmp_path)
    evil = '<script>alert(1)</script>"\u202e\x07'
    file = tmp_path / "captures/2026/11/27/00/a.jsonl"
    lines = [json.loads(line) for line in file.read_text().splitlines()]
    for line in lines:
        line["captureData"]["endpointInput"]["data"] = json.dumps([50.0, evil])
    lines[0]["captureData"]["endpointInput"]["data"] = '[50.0, "\\ud800"]'
    file.write_text("\n".join(map(json.dumps, lines)))
    wanted = Job.read(settings(tmp_path, tmp_path)["job"])
    result = job.run(wanted)
    text = report.page(result).decode()
    Page(text)
    assert "<script" not in text
    assert "&lt;script&gt;alert(1)" in text
    assert "\u202e" not in text
    assert "\x07" not in text
    published.prometheus(result)


def test_the_handler_writes_the_result_of_the_hours_before_its_time(
    day: pathlib.Path,
    tmp_path: pathlib.Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv(names.VARIABLE, json.dumps(settings(day, tmp_path)))
    answer = handler.handle({"time": "2026-11-28T00:20:03Z"}, None)
    assert answer["status"] == "alarm"
    assert answer["alarms"] == ["data_drift: income", "prediction_drift: score"]
    folder = tmp_path / "2026-11-28T000000Z"
    assert sorted(file.name for file in folder.iterdir()) == [
        "check.json",
        "metrics.prom",
        "report.html",
        "window.json",
    ]
    written = json.loads((folder / "check.json").read_text())
    assert written["digest"] == answer["digest"]
    metrics = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert all("_aws" in line for line in metrics)
    page = (folder / "report.html").read_bytes()
    again = handler.handle({"time": "2026-11-28T00:59:59Z"}, None)
    assert again == answer
    assert (folder / "report.html").read_bytes() == page
    assert b"Former checks" not in page


def test_the_page_shows_what_former_checks_came_to(
    day: pathlib.Path, tmp_path: pathlib.Path
) -> None:
    known = handler.Settings.read(json.dumps(settings(day, tmp_path)))
    for time in ("2026-11-29T00:00:00Z", "2026-11-27T00:00:00Z", "2026-11-28T00:00:00Z"):
        handler.checked(known, {"time": time})
    (tmp_path / "2026-11-26T000000Z").mkdir()
    (tmp_path / "2026-11-26T000000Z" / "check.json").write_text("no result")
    handler.checked(known, {"time": "2026-11-29T00:00:00Z"})
    past = history.read(Folder(str(tmp_path)), "2026-11-29T000000Z")
    assert [(p.end, p.status.value) for p in past] == [
        ("2026-11-28T00:00:00Z", "alarm"),
        ("2026-11-27T00:00:00Z", "not_enough_data"),
    ]
    assert past[0].alarms == ("income", "score")
    assert past[0].distance > 0.2
    text = (tmp_path / "2026-11-29T000000Z" / "report.html").read_text()
    assert "Former checks" in text
    assert "income, score" in text
    Page(text)


def test_the_command_says_by_its_code_what_is_known(
    day: pathlib.Path, tmp_path: pathlib.Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "settings.json"
    file.write_text(json.dumps(settings(day, tmp_path / "results")))
    assert handler.main([str(file), "2026-11-28T00:00:00Z"]) == 1
    assert handler.main([str(file), "2026-11-26T00:00:00Z"]) == 3
    last = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert last["status"] == "not_enough_data"
