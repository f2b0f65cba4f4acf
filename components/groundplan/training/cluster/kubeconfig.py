"""A kubeconfig that holds no secret: its users get a token from AWS with their
own credentials."""

import pulumi
import pulumi_aws as aws


def of(cluster: aws.eks.Cluster, region: pulumi.Input[str]) -> pulumi.Output[str]:
    """Returns the kubeconfig of a cluster, as JSON. It needs the AWS CLI where it is
    used."""
    name = cluster.name
    return pulumi.Output.json_dumps(
        {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [
                {
                    "name": name,
                    "cluster": {
                        "server": cluster.endpoint,
                        "certificate-authority-data": cluster.certificate_authority.apply(
                            lambda authority: authority.data
                        ),
                    },
                }
            ],
            "users": [
                {
                    "name": name,
                    "user": {
                        "exec": {
                            "apiVersion": "client.authentication.k8s.io/v1beta1",
                            "command": "aws",
                            "args": [
                                "--region",
                                region,
                                "eks",
                                "get-token",
                                "--cluster-name",
                                name,
                                "--output",
                                "json",
                            ],
                        }
                    },
                }
            ],
            "contexts": [{"name": name, "context": {"cluster": name, "user": name}}],
            "current-context": name,
        },
        sort_keys=True,
    )
