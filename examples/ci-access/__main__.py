"""The roles that the pipelines of one environment assume: one stack for each
environment, deployed by administrators. No credentials are stored anywhere.
"""

import pulumi
from groundplan import CiAccess

access = CiAccess(
    "ci",
    {
        "github": {
            "repository": "octo-org/octo-repo",
            # GitHub shows both numbers in the repository's API answer.
            "owner_id": 123456,
            "repository_id": 456789,
            "deploy_workflow": ".github/workflows/deploy.yml",
            "images_workflow": ".github/workflows/images.yml",
        },
        "state": {"bucket_name": "octo-org-pulumi-state"},
    },
)

pulumi.export("planRoleArn", access.plan_role_arn)
pulumi.export("deployRoleArn", access.deploy_role_arn)
pulumi.export("iam", {"path": access.role_path, "permissionsBoundaryArn": access.boundary_arn})
