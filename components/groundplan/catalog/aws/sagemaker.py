"""Amazon SageMaker AI: resource types."""

from groundplan.catalog.resource_type import (
    NAME,
    DataStore,
    Free,
    Level,
    Priced,
    ResourceType,
    Safeguard,
    Service,
    Unpriced,
)

ENDPOINT = ResourceType(
    ("aws:sagemaker/endpoint:Endpoint",),
    "endpoint",
    cost=Priced("sagemaker-endpoint"),
    summary=("name", "endpointConfigName"),
    service=Service(
        "it answers no requests, and its callers fail",
        when_replaced="it answers no requests in between, and its callers fail",
    ),
)

ENDPOINT_CONFIGURATION = ResourceType(
    ("aws:sagemaker/endpointConfiguration:EndpointConfiguration",),
    "endpoint configuration",
    cost=Free("the endpoints that use it are charged"),
    aliases=("sagemaker.EndpointConfig",),
    summary=("variants=productionVariants",),
)

# The provider's update of a model is `Tags only` (terraform-provider-aws,
# internal/service/sagemaker/model.go).
MODEL = ResourceType(
    ("aws:sagemaker/model:Model",),
    "model",
    cost=Free("the endpoints that use it are charged"),
    summary=("primaryContainer.image", "primaryContainer.modelDataSource.s3DataSources[*].s3Uri"),
    ignored_updates=("vpcConfig",),
)

NOTEBOOK_INSTANCE = ResourceType(
    ("aws:sagemaker/notebookInstance:NotebookInstance",),
    "notebook instance",
    cost=Priced("sagemaker-notebook"),
    data=DataStore("what is on its disk"),
)

TRAINING_JOB = ResourceType(
    ("aws:sagemaker/trainingJob:TrainingJob",),
    "training job",
    cost=Priced("training-job"),
    interrupts="it is stopped if it still runs",
)

TYPES = (
    ResourceType(
        ("aws-native:sagemaker:Cluster",),
        "cluster",
        cost=Unpriced(),
        interrupts="jobs that run on it are stopped",
    ),
    ResourceType(
        ("aws:sagemaker/domain:Domain",),
        "domain",
        cost=Unpriced(),
        # CreateDomain, RetentionPolicy: the file system is retained by default.
        data=DataStore(
            "its users' spaces",
            level=Level.MEDIUM,
            lost_if=("retentionPolicy.homeEfsFileSystem", "Delete"),
            needs_protection=True,
        ),
        service=Service("its users lose their workspaces", level=Level.MEDIUM),
    ),
    ENDPOINT,
    ENDPOINT_CONFIGURATION,
    ResourceType(
        ("aws:sagemaker/featureGroup:FeatureGroup",),
        "feature group",
        cost=Unpriced(),
        data=DataStore("all features in its online store", needs_protection=True),
    ),
    ResourceType(
        ("aws-native:sagemaker:InferenceComponent",),
        "inference component",
        cost=Unpriced(),
        service=Service(
            "its model answers no requests",
            when_replaced="its model answers no requests in between",
        ),
    ),
    # AWS News Blog, "Accelerate AI development using Amazon SageMaker AI with
    # serverless MLflow": at no additional charge.
    ResourceType(
        ("aws:sagemaker/mlflowApp:MlflowApp",),
        "MLflow app",
        cost=Free("MLflow apps are free, but for the bucket that holds their artifacts"),
        data=DataStore("all runs and their metrics", needs_protection=True),
        service=Service("runs can't be logged to it", level=Level.MEDIUM),
    ),
    ResourceType(
        ("aws:sagemaker/mlflowTrackingServer:MlflowTrackingServer",),
        "MLflow server",
        cost=Priced("mlflow-tracking-server"),
        data=DataStore("all runs and their metrics", needs_protection=True),
        service=Service("runs can't be logged to it", level=Level.MEDIUM),
    ),
    MODEL,
    ResourceType(
        ("aws:sagemaker/modelCard:ModelCard",),
        "model card",
        cost=Free("the SageMaker price list has no line for its model registry"),
        data=DataStore("its description of the model", level=Level.LOW),
    ),
    ResourceType(
        ("aws:sagemaker/modelPackageGroup:ModelPackageGroup",),
        "model package group",
        cost=Free("the SageMaker price list has no line for its model registry"),
        data=DataStore("all model versions in it", needs_protection=True),
    ),
    ResourceType(
        ("aws:sagemaker/modelPackageGroupPolicy:ModelPackageGroupPolicy",),
        "model package group policy",
        cost=Free("the SageMaker price list has no line for its model registry"),
    ),
    ResourceType(
        ("aws:sagemaker/monitoringSchedule:MonitoringSchedule",),
        "monitoring schedule",
        cost=Unpriced(),
        safeguard=Safeguard("nothing watches the endpoint for drift any more"),
    ),
    NOTEBOOK_INSTANCE,
    ResourceType(
        (
            "aws:sagemaker/notebookInstanceLifecycleConfiguration:NotebookInstanceLifecycleConfiguration",
        ),
        "notebook instance lifecycle configuration",
        cost=NAME,
    ),
    # DeletePipeline: "Deletes a pipeline if there are no running instances of the
    # pipeline."
    ResourceType(
        ("aws:sagemaker/pipeline:Pipeline",),
        "pipeline",
        cost=Free("AWS charges for the jobs that it starts"),
        service=Service("nothing starts it any more", level=Level.LOW, read_only=True),
    ),
    # A space of JupyterLab or of the code editor has an EBS volume of its own.
    ResourceType(
        ("aws:sagemaker/space:Space",),
        "space",
        cost=Unpriced(),
        data=DataStore("what is on its volume"),
    ),
    TRAINING_JOB,
    ResourceType(
        ("aws:sagemaker/userProfile:UserProfile",),
        "user profile",
        cost=Free("the apps and spaces of its user are charged"),
        data=DataStore("its user's apps and settings", level=Level.MEDIUM),
    ),
)
