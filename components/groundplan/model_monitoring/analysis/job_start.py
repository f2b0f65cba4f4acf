"""Starts the Glue job that checks in a function's place."""

from typing import Any


def start(job: str, time: str) -> dict[str, Any]:
    """Starts a job for the hours before a time, and returns its run. An event that
    comes twice starts one run while that one lasts."""
    import boto3  # type: ignore[import-untyped]

    client = boto3.client("glue")
    try:
        answer = client.start_job_run(JobName=job, Arguments={"--time": time})
    except client.exceptions.ConcurrentRunsExceededException:
        return {"status": "running", "job": job, "time": time}
    return {"status": "started", "job": job, "run": answer["JobRunId"], "time": time}
