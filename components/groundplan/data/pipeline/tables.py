"""Iceberg tables in the Glue Data Catalog, and the Athena workgroup that reads them."""

from typing import Any

import pulumi
import pulumi_aws as aws

from groundplan import iam, tags
from groundplan.data.pipeline.spec import DataPipelineSpec, PipelineCatalog

CATALOG = "glue_catalog"
"""The catalog's name in Spark, as AWS Glue's own examples have it."""
ICEBERG = "org.apache.iceberg.spark.extensions.IcebergSparkSessionExtensions"


class Tables:
    """The database, its tables and the workgroup."""

    def __init__(
        self,
        spec: DataPipelineSpec,
        catalog: PipelineCatalog,
        *,
        resource_tags: tags.Tags,
        parent: pulumi.Resource,
    ) -> None:
        self._spec, self._parent = spec, parent
        protect = spec.deletion_protection
        self._kept = pulumi.ResourceOptions(
            parent=parent, protect=protect, retain_on_delete=protect
        )
        base = pulumi.Output.concat("s3://", spec.bucket["bucket_name"], "/")
        self._warehouse = pulumi.Output.concat(base, spec.tables)
        self.database = aws.glue.CatalogDatabase(
            f"{spec.name}-database",
            # Names of databases are part of SQL: Pulumi's would have hyphens.
            name=spec.qualified_name.replace("-", "_").lower(),
            description=f"Tables of {spec.name}",
            location_uri=self._warehouse,
            tags=resource_tags,
            opts=self._kept,
        )
        self.tables = {
            name: self._create_table(name, table) for name, table in sorted(catalog.tables.items())
        }
        self.workgroup = aws.athena.Workgroup(
            f"{spec.name}-workgroup",
            description=f"Queries of the tables of {spec.name}",
            configuration=aws.athena.WorkgroupConfigurationArgs(
                bytes_scanned_cutoff_per_query=catalog.scan_limit_bytes,
                enforce_workgroup_configuration=True,
                publish_cloudwatch_metrics_enabled=True,
                result_configuration=aws.athena.WorkgroupConfigurationResultConfigurationArgs(
                    output_location=pulumi.Output.concat(base, f"pipelines/{spec.name}/queries/"),
                    encryption_configuration=aws.athena.WorkgroupConfigurationResultConfigurationEncryptionConfigurationArgs(
                        encryption_option="SSE_KMS", kms_key_arn=spec.bucket["kms_key_arn"]
                    ),
                ),
            ),
            tags=resource_tags,
            opts=pulumi.ResourceOptions(parent=parent),
        )

    def _create_table(self, name: str, table: Any) -> aws.glue.CatalogTable:
        columns = [
            aws.glue.CatalogTableStorageDescriptorColumnArgs(name=column, type=type_)
            for column, type_ in table["columns"].items()
        ]
        return aws.glue.CatalogTable(
            f"{self._spec.name}-{name}",
            name=name,
            database_name=self.database.name,
            description=table.get("description"),
            table_type="EXTERNAL_TABLE",
            open_table_format_input=aws.glue.CatalogTableOpenTableFormatInputArgs(
                iceberg_input=aws.glue.CatalogTableOpenTableFormatInputIcebergInputArgs(
                    metadata_operation="CREATE", version="2"
                )
            ),
            storage_descriptor=aws.glue.CatalogTableStorageDescriptorArgs(
                location=pulumi.Output.concat(self._warehouse, name), columns=columns
            ),
            opts=pulumi.ResourceOptions(
                parent=self._parent,
                protect=self._spec.deletion_protection,
                retain_on_delete=self._spec.deletion_protection,
                # Each commit of Iceberg writes where its metadata is, and Spark evolves
                # the schema: `refresh` reads both.
                ignore_changes=[
                    "parameters",
                    "storageDescriptor.columns",
                    "storageDescriptor.parameters",
                ],
            ),
        )

    @property
    def arguments(self) -> dict[str, pulumi.Input[str]]:
        """The job's arguments for Iceberg: AWS Glue Developer Guide, "Using the Iceberg
        framework in AWS Glue". Glue takes several settings of Spark in one `--conf`."""
        catalog = f"spark.sql.catalog.{CATALOG}"
        return {
            "--datalake-formats": "iceberg",
            "--database": self.database.name,
            "--conf": pulumi.Output.concat(
                f"spark.sql.extensions={ICEBERG}",
                f" --conf {catalog}=org.apache.iceberg.spark.SparkCatalog",
                f" --conf {catalog}.catalog-impl=org.apache.iceberg.aws.glue.GlueCatalog",
                f" --conf {catalog}.io-impl=org.apache.iceberg.aws.s3.S3FileIO",
                f" --conf {catalog}.warehouse=",
                self._warehouse,
            ),
        }

    @property
    def arns(self) -> list[pulumi.Output[str]]:
        """The ARNs that access to the tables names: all levels above count (AWS Glue
        Developer Guide, "Specifying AWS Glue resource ARNs")."""
        invoke = pulumi.InvokeOptions(parent=self._parent)
        base = pulumi.Output.format(
            "arn:{0}:glue:{1}:{2}",
            iam.partition(invoke),
            iam.region(invoke),
            iam.account_id(invoke),
        )
        return [
            pulumi.Output.concat(base, ":catalog"),
            pulumi.Output.concat(base, ":database/", self.database.name),
            *(
                pulumi.Output.concat(base, ":table/", self.database.name, "/", table.name)
                for table in self.tables.values()
            ),
        ]
