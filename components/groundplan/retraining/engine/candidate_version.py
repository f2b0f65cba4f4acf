"""The version of a registry that a run's candidate becomes."""

from groundplan.release.engine import candidates
from groundplan.release.engine import metrics as documents
from groundplan.release.engine.version_record import ModelTask
from groundplan.retraining.engine.services import Candidate
from groundplan.retraining.engine.settings import RetrainingSettings


def of(candidate: Candidate, group: str, settings: RetrainingSettings) -> candidates.Candidate:
    """Returns what a registry registers: the champion's image and variables with the
    model of the run."""
    found = documents.parse(candidate.metrics, "of the evaluation").measured
    champion = candidate.champion
    return candidates.Candidate(
        group=group,
        record_uri=candidate.training.record_uri,
        model=candidate.model_uri,
        image=champion.image,
        task=ModelTask(settings.evaluation.task),
        metrics={name: metric.value for name, metric in found.overall.items()},
        manifest_uri=settings.manifest_uri or champion.manifest_uri,
        description=candidate.description,
        environment=champion.environment,
        document=candidate.metrics,
    )
