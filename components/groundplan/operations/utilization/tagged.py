"""What has the environment's tags, by the Resource Groups Tagging API: one request for
100 resources, where each service's own API has one request for each."""

from collections.abc import Iterator, Mapping

from groundplan.operations.utilization.account import tags_of
from groundplan.operations.utilization.inspection import Situation


def arns(situation: Situation, type_: str) -> Iterator[tuple[str, Mapping[str, str]]]:
    """Yields the ARNs and tags of a type's resources, `lambda:function`, that have the
    environment's tags."""
    filters = [{"Key": key, "Values": [value]} for key, value in situation.scope.tags.items()]
    entries = situation.account.pages(
        "resourcegroupstaggingapi",
        "get_resources",
        "ResourceTagMappingList",
        ResourceTypeFilters=[type_],
        ResourcesPerPage=100,
        **({} if situation.scope.whole_region else {"TagFilters": filters}),
    )
    for entry in entries:
        yield str(entry["ResourceARN"]), tags_of(entry)
