"""Instance types of SageMaker training jobs (`sagemaker-training-instances.csv`):
others than an endpoint can run on."""

from functools import cache

from groundplan.facts import table
from groundplan.problems import Problem, one_of, shown


@cache
def names() -> tuple[str, ...]:
    """Returns all of them, in the order of their names."""
    return tuple(row["instance_type"] for row in table.rows("sagemaker-training-instances.csv"))


def problems(key: str, name: object) -> list[Problem]:
    """Returns whether a SageMaker training job can run on an instance type."""
    found = one_of(key, name, names())
    if found and f"ml.{name}" in names():
        return [Problem(key, name, found[0].allowed, f"did you mean {shown(f'ml.{name}')}")]
    return found
