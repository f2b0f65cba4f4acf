"""One training run as code: a registry for its image, a bucket for its data, and the
run itself, on SageMaker.

Change the learning rate, and the preview shows a new run beside the old one; change
nothing, and nothing is trained again.
"""

import pulumi
from groundplan import ArtifactBucket, ContainerRegistry, RunsOn, TrainingJob

artifacts = ArtifactBucket("artifacts")
images = ContainerRegistry("images", {"repositories": ["churn"], "expire": {"pr-": 30}})

# By digest: a tag could name another image tomorrow, and the run would not be the same.
image = pulumi.Output.concat(
    images.repository_urls.apply(lambda urls: urls["churn"]), "@sha256:", "0123456789abcdef" * 4
)

churn = TrainingJob(
    "churn",
    {
        "on": RunsOn.SAGEMAKER,
        "image": image,
        "code": {"repository": "https://git.example.com/churn", "revision": "89abcdef" * 5},
        "datasets": {
            "train": {
                "uri": "s3://example-data/churn/2026-11-01/",
                "version": "churn@sha256:" + "01234567" * 8,  # `groundplan dataset show churn`
            }
        },
        "parameters": {"epochs": 20, "learning_rate": 0.0003},
        "seed": 7,
        "artifacts": artifacts.access,
        "sagemaker": {"instance_type": "ml.g5.2xlarge", "spot": True},
    },
)

pulumi.export("run", churn.run_id)
pulumi.export("record", churn.record_uri)
