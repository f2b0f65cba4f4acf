"""Rules of SageMaker, Glue, MWAA, Cognito, API Gateway and other services above
infrastructure.

Sources: terraform-provider-aws, internal/service (sagemaker/notebook_instance.go,
glue/classifier.go, mwaa/environment.go, cognitoidp, apigateway/authorizer.go,
configservice, amp, amplify, organizations, storagegateway, transcribe, transfer:
CustomizeDiff and Update); the documentation of pulumi-aws 7.51; what a comment names.
"""

from groundplan.diff.value_rules.conditions import (
    added,
    all_of,
    always,
    any_of,
    at,
    becomes,
    loses_members,
    moved,
    removed,
    smaller,
    was,
)
from groundplan.diff.value_rules.rule import Sides, Table, refused, replaced, unknown
from groundplan.diff.value_rules.versions import major_of, older

_CLASSIFIERS = ("csvClassifier", "grokClassifier", "jsonClassifier", "xmlClassifier")


def _other_kind(sides: Sides) -> bool:
    """A classifier of another kind: two of its blocks change."""
    changes = [name for name in _CLASSIFIERS if at(sides.before, name) != at(sides.after, name)]
    return len(changes) > 1


_COGNITO = "COGNITO_USER_POOLS"

RULES: Table = {
    "aws:sagemaker/notebookInstance:NotebookInstance": (replaced("volumeSize", smaller),),
    "aws:sagemaker/hubContentReference:HubContentReference": (replaced("minVersion", removed),),
    "aws:glue/classifier:Classifier": tuple(replaced(name, _other_kind) for name in _CLASSIFIERS),
    "aws:mwaa/environment:Environment": (
        replaced("airflowVersion", major_of(1)),
        # Amazon MWAA user guide, Airflow versions: downgrades aren't supported.
        refused("airflowVersion", older, "MWAA doesn't downgrade an environment"),
    ),
    # Amazon Managed Grafana user guide, Updating your workspace version: no rollback.
    "aws:grafana/workspace:Workspace": (
        refused("grafanaVersion", older, "Amazon Managed Grafana doesn't downgrade a workspace"),
    ),
    "aws:cognito/userPoolDomain:UserPoolDomain": (
        replaced("certificateArn", any_of(added, removed)),
    ),
    "aws:cognito/userPool:UserPool": (
        refused("schemas", loses_members, "the provider adds attributes of a schema only"),
    ),
    "aws:apigateway/authorizer:Authorizer": (
        replaced("type", any_of(was(_COGNITO), becomes(_COGNITO))),
    ),
    "aws:cfg/configurationAggregator:ConfigurationAggregator": (
        replaced("accountAggregationSource", added),
        replaced("organizationAggregationSource", added),
    ),
    # The state of the proposal, which only AWS knows, decides.
    "aws:directconnect/gatewayAssociationProposal:GatewayAssociationProposal": (
        unknown("allowedPrefixes", always),
    ),
    "aws:amp/workspace:Workspace": (replaced("alias", removed),),
    "aws:amplify/app:App": (
        replaced("description", removed),
        replaced("iamServiceRoleArn", removed),
    ),
    "aws:organizations/organization:Organization": (
        replaced("featureSet", all_of(was("ALL"), becomes("CONSOLIDATED_BILLING"))),
    ),
    "aws:storagegateway/gateway:Gateway": (replaced("smbActiveDirectorySettings", removed),),
    "aws:transcribe/vocabularyFilter:VocabularyFilter": (
        replaced("words", removed),
        replaced("vocabularyFilterFileUri", removed),
    ),
    "aws:transfer/server:Server": (replaced("endpointDetails.vpcId", any_of(moved, removed)),),
}
