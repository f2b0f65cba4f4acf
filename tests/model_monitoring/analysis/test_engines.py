"""Ray and Spark themselves come to the bytes of one process, where they are installed:
in an environment of their own, since both are larger than all else.

    pip install ray pyspark
    pytest tests/model_monitoring/analysis/test_engines.py
"""

import os
import pathlib
import shutil
import sys
from dataclasses import replace

import groundplan
import pytest
import recorded_day
from groundplan.model_monitoring.analysis import engines, job, names
from groundplan.model_monitoring.analysis.executors import Ray, Spark
from groundplan.model_monitoring.analysis.job import Job

ROOT = str(pathlib.Path(groundplan.__file__).parents[1])


@pytest.fixture
def day(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> Job:
    recorded_day.write(tmp_path, shift=3.0)
    monkeypatch.setenv("PYTHONPATH", ROOT)
    return Job(
        "loans",
        f"{tmp_path}/captures",
        f"{tmp_path}/baseline.json",
        recorded_day.START,
        recorded_day.END,
        f"{tmp_path}/labels",
        work=f"{tmp_path}/work",
        task_bytes=20_000,
    )


def test_ray_comes_to_the_same_digest(day: Job) -> None:
    ray = pytest.importorskip("ray", reason="ray is not installed")
    expected = job.run(day).content()
    ray.init(num_cpus=2, include_dashboard=False, runtime_env={"env_vars": {"PYTHONPATH": ROOT}})
    try:
        executor = engines.executor(names.RAY)
        assert isinstance(executor, Ray)
        assert job.run(day, executor).content() == expected
    finally:
        ray.shutdown()


def test_spark_comes_to_the_same_digest(day: Job, monkeypatch: pytest.MonkeyPatch) -> None:
    pyspark = pytest.importorskip("pyspark", reason="pyspark is not installed")
    if "JAVA_HOME" not in os.environ and shutil.which("java") is None:
        pytest.skip("there is no Java")
    monkeypatch.setenv("PYSPARK_PYTHON", sys.executable)
    expected = job.run(day).content()
    context = pyspark.SparkContext("local[2]")
    try:
        executor = engines.executor(names.SPARK)
        assert isinstance(executor, Spark)
        assert job.run(day, executor).content() == expected
    finally:
        context.stop()


def test_what_an_attempt_left_is_no_answer(day: Job) -> None:
    """An engine's job that was ended in the middle leaves partitions."""
    expected = job.run(day).content()
    for kind in ("answers", "labels"):
        left = pathlib.Path(day.work) / kind / "00000"
        left.mkdir(parents=True, exist_ok=True)
        (left / "0-0.jsonl").write_text(
            '["id-1","2027","left",[{"score":0.9}],[{"city":"Oslo"}]]\n'
        )
    assert job.run(replace(day)).content() == expected
