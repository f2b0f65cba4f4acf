"""Runs of an endpoint's retraining: start, list."""

from aws_lambda_powertools.event_handler import Response

from groundplan.api.handlers import parameters as of
from groundplan.api.handlers.call import NotFound, current
from groundplan.api.handlers.once import Asked
from groundplan.api.handlers.places import training_place
from groundplan.api.models import answers
from groundplan.api.models.requests import TrainingRequest
from groundplan.retraining.engine import person, timeline
from groundplan.retraining.engine.names import Kind
from groundplan.retraining.engine.services import Refused

ACCEPTED = 202


def start_training(
    endpoint: of.EndpointName, body: TrainingRequest, key: of.IdempotencyKey
) -> Response[answers.StartedTraining]:
    """Asks for a run: it begins if it is needed, and the budget allows it."""
    place, call = training_place(endpoint), current()

    def act(asked: Asked) -> tuple[int, answers.StartedTraining]:
        event = person.start(
            place.pipeline, asked.id, body.reason, call.caller.principal, body.again, Kind.API
        )
        execution = person.execute(place.executions, place.machine_arn, event)
        return ACCEPTED, answers.StartedTraining(id=asked.id, execution=execution)

    return place.requests.once(call, key, body, act)


def list_trainings(
    endpoint: of.EndpointName, limit: of.Limit = of.DEFAULT_LIMIT, before: of.BeforeRun = None
) -> answers.Trainings:
    """Lists the runs, the newest first."""
    journal = training_place(endpoint).pipeline.context.journal
    try:
        found = timeline.runs(journal, limit, before or "")
    except Refused as error:
        raise NotFound(str(error)) from None
    return answers.Trainings(items=[answers.Training(**each) for each in found])


def get_training(endpoint: of.EndpointName, run: of.RunName) -> answers.TrainingDetail:
    """Returns a run with its steps, its faults, its cost and its outcome."""
    found = timeline.run(training_place(endpoint).pipeline.context.journal, run)
    if found is None:
        raise NotFound(f"{endpoint} has no run {run}. Fix: list its trainings")
    return answers.TrainingDetail(**found)
