"""Rules of MSK, Kinesis and Amazon MQ.

Sources: terraform-provider-aws, internal/service (kafka/cluster.go, kinesis/stream.go,
kinesisanalyticsv2/application.go: CustomizeDiff); what a comment names.
"""

from groundplan.diff.value_rules.conditions import (
    all_of,
    at,
    becomes,
    grows_beyond,
    is_symbol,
    members,
    number,
    removed,
    shrinks_below,
    smaller,
    unless,
    where,
)
from groundplan.diff.value_rules.rule import Sides, Table, refused, replaced
from groundplan.diff.value_rules.versions import older

_BROKERS = "brokerNodeGroupInfo"
_MODE = "streamModeDetails.streamMode"
_ON_DEMAND = where(_MODE, "ON_DEMAND")


def _uneven(sides: Sides) -> bool | None:
    """A number of brokers that isn't the same in each zone."""
    count, zones = number(sides.new), members(at(sides.after, f"{_BROKERS}.clientSubnets"))
    if count is None or not zones or any(is_symbol(zone) and " " in zone for zone in zones):
        return None
    return count % len(zones) != 0


def _has_shards(sides: Sides) -> bool:
    count = number(at(sides.after, "shardCount"))
    return count is not None and count > 0


RULES: Table = {
    "aws:msk/cluster:Cluster": (
        replaced("kafkaVersion", older),
        # Amazon MSK developer guide, Scale up broker storage: it can't be decreased.
        refused(
            f"{_BROKERS}.storageInfo.ebsStorageInfo.volumeSize",
            smaller,
            "MSK can't shrink the storage of brokers",
        ),
        refused(
            "numberOfBrokerNodes", _uneven, "MSK has the same number of brokers in each subnet"
        ),
    ),
    # Kinesis API, UpdateShardCount: at most twice, at least half the current number.
    "aws:kinesis/stream:Stream": (
        refused(
            "shardCount",
            all_of(grows_beyond(2), unless(_ON_DEMAND)),
            "Kinesis at most doubles the shards of a stream at a time",
        ),
        refused(
            "shardCount",
            all_of(shrinks_below(0.5), unless(_ON_DEMAND)),
            "Kinesis at most halves the shards of a stream at a time",
        ),
        refused(
            _MODE,
            all_of(becomes("ON_DEMAND"), _has_shards),
            "the provider accepts no shardCount with the mode ON_DEMAND",
        ),
    ),
    # Amazon MQ developer guide, Upgrading the engine version: no downgrade.
    "aws:mq/broker:Broker": (
        refused("engineVersion", older, "Amazon MQ doesn't downgrade a broker"),
    ),
    "aws:kinesis/analyticsApplication:AnalyticsApplication": (replaced("inputs", removed),),
    "aws:kinesisanalyticsv2/application:Application": (
        replaced("applicationConfiguration.sqlApplicationConfiguration.input", removed),
    ),
}
