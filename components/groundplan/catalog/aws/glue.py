"""AWS Glue: resource types."""

from groundplan.catalog.resource_type import (
    SETTING,
    DataStore,
    Free,
    Level,
    Priced,
    ResourceType,
    Safeguard,
    Service,
)

OBJECTS = Free("the first million objects of the Data Catalog are free")
"""AWS Glue pricing page, "Data Catalog": an account's tables, partitions and
databases."""

TYPES = (
    ResourceType(
        ("aws:glue/catalogDatabase:CatalogDatabase",),
        "catalog database",
        cost=OBJECTS,
        data=DataStore("the definitions of all its tables"),
    ),
    ResourceType(
        ("aws:glue/catalogTable:CatalogTable",),
        "catalog table",
        cost=OBJECTS,
        data=DataStore("its definition and its partitions", level=Level.MEDIUM),
    ),
    ResourceType(
        ("aws:glue/connection:Connection",),
        "Glue connection",
        cost=SETTING,
        summary=("connectionType",),
        service=Service("jobs that use it fail", level=Level.LOW, part=True),
    ),
    ResourceType(
        ("aws:glue/dataQualityRuleset:DataQualityRuleset",),
        "data quality ruleset",
        cost=Free("AWS charges for its evaluations"),
        safeguard=Safeguard("data is no longer checked by its rules", Level.LOW),
    ),
    ResourceType(
        ("aws:glue/job:Job",),
        "Glue job",
        cost=Priced("glue-job"),
        summary=("glueVersion", "workerType", "numberOfWorkers"),
        service=Service("it doesn't run any more", level=Level.LOW, read_only=True),
    ),
    ResourceType(
        ("aws:glue/securityConfiguration:SecurityConfiguration",),
        "Glue security configuration",
        cost=SETTING,
        safeguard=Safeguard("jobs that use it fail, or write what no key of yours encrypts"),
    ),
    ResourceType(
        ("aws:glue/trigger:Trigger",),
        "Glue trigger",
        cost=Free("AWS charges for the runs that it starts"),
        service=Service("it starts no jobs any more", level=Level.LOW, part=True, read_only=True),
    ),
)
