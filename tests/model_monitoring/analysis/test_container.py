"""What runs in a cluster: the check of a CronJob, and the exporter of its result."""

import contextlib
import datetime
import json
import pathlib
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest
import recorded_day
from groundplan.model_monitoring.analysis import container, engines, exporter, handler, names
from groundplan.model_monitoring.analysis.documents import InvalidDocument
from groundplan.model_monitoring.analysis.executors import InProcess, Processes
from groundplan.model_monitoring.analysis.exporter import Exporter
from groundplan.model_monitoring.analysis.stores import Folder

NOW = datetime.datetime(2026, 11, 28, 9, tzinfo=datetime.UTC)
MINUTES = int(datetime.datetime(2026, 11, 28, 0, 30, tzinfo=datetime.UTC).timestamp()) // 60


@pytest.fixture
def settings(tmp_path: pathlib.Path) -> pathlib.Path:
    recorded_day.write(tmp_path, shift=6.0)
    job = {
        "monitor": "loans",
        "captures": f"{tmp_path}/captures",
        "baseline": f"{tmp_path}/baseline.json",
        "labels": f"{tmp_path}/labels",
    }
    file = tmp_path / "settings.json"
    file.write_text(json.dumps({"job": job, "results": f"{tmp_path}/results"}))
    return file


@pytest.mark.parametrize(
    ("name", "time"),
    [
        (f"fraud-checks-{MINUTES}", "2026-11-28T00:00:00Z"),
        ("by-hand", "2026-11-28T09:00:00Z"),
        ("fraud-7", "2026-11-28T09:00:00Z"),
        ("", "2026-11-28T09:00:00Z"),
    ],
)
def test_the_scheduled_time_is_in_the_name_of_the_job(name: str, time: str) -> None:
    found = container.scheduled(name, NOW)
    assert handler.hours({"time": found}, 24)[1] == time


def test_a_check_that_alarms_is_a_job_that_succeeds_and_the_same_when_it_is_repeated(
    settings: pathlib.Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(names.JOB_VARIABLE, f"fraud-{MINUTES}")
    answers = []
    for _ in range(2):
        assert container.main([str(settings)]) == 0
        answers.append(json.loads(capsys.readouterr().out.splitlines()[-1]))
    assert answers[0] == answers[1]
    assert answers[0]["status"] == "alarm"
    assert answers[0]["result"].endswith("/2026-11-28T000000Z/check.json")


def test_what_can_not_be_checked_is_an_error(settings: pathlib.Path) -> None:
    (settings.parent / "baseline.json").write_text("{}")
    with pytest.raises(InvalidDocument):
        container.main([str(settings), "2026-11-28T00:00:00Z"])


def test_an_engine_is_chosen_by_its_name() -> None:
    assert isinstance(engines.executor(names.PROCESS), InProcess)
    assert engines.executor(names.PROCESS, 3) == Processes(3)
    with pytest.raises(InvalidDocument, match="process, ray or spark"):
        engines.executor("flink")


@contextlib.contextmanager
def served(known: Exporter) -> Iterator[str]:
    server = exporter.server(known, 0)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def get(url: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(url) as answer:  # noqa: S310 (this test's server)
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def test_the_exporter_has_the_last_result(settings: pathlib.Path) -> None:
    for day in ("27", "28"):
        container.main([str(settings), f"2026-11-{day}T00:00:00Z"])
    with served(Exporter.of(json.loads(settings.read_text()))) as url:
        status, text = get(f"{url}/metrics")
        assert status == 200
        assert 'groundplan_model_monitoring_status{monitor="loans",family="data_drift"} 2' in text
        end = datetime.datetime(2026, 11, 28, tzinfo=datetime.UTC).timestamp()
        assert f'{names.WINDOW_END}{{monitor="loans"}} {end:.0f}' in text.splitlines()
        assert get(f"{url}/healthz") == (200, "ok")
        assert get(f"{url}/other")[0] == 404


def test_without_a_result_there_are_no_metrics_and_an_unreadable_store_fails_the_scrape(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = Exporter(Folder(str(tmp_path)), "loans", seconds=0)
    # A result is complete when its document is there, which is written last.
    (tmp_path / "2026-11-28T000000Z").mkdir()
    (tmp_path / "2026-11-28T000000Z/metrics.prom").write_text("half 1\n")
    with served(known) as url:
        assert get(f"{url}/metrics") == (200, "")

        def refuse(*_: Any) -> Any:
            raise OSError("unreachable")

        monkeypatch.setattr(Folder, "entries", refuse)
        assert get(f"{url}/metrics")[0] == 503


def test_the_bucket_is_looked_at_now_and_then(tmp_path: pathlib.Path) -> None:
    now = [0.0]
    known = Exporter(Folder(str(tmp_path)), "loans", 300, lambda: now[0])
    assert known.text() == ""
    folder = tmp_path / "all"
    folder.mkdir()
    (folder / "metrics.prom").write_text("one 1\n")
    (folder / "check.json").write_text("{}")
    now[0] = 299.0
    assert known.text() == ""
    now[0] = 300.0
    assert known.text() == "one 1\n"
