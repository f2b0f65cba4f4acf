"""Claims on the objects of buckets."""

from collections.abc import Iterator, Sequence

from groundplan.proof.access import Caller, Question, Solver
from groundplan.proof.actors import Actor, Actors
from groundplan.proof.buckets import (
    ADMINISTER,
    LIST,
    READ,
    WRITE,
    Bucket,
    entries,
    written,
)
from groundplan.proof.model import Layer, Result
from groundplan.proof.names import Names
from groundplan.proof.outsiders import ask_outsiders
from groundplan.proof.teams import Team
from groundplan.proof.verdicts import Asked, verdict
from groundplan.proof.wildcards import Pattern

ANY_OBJECT = "?*"
EXAMPLE = "data/part-0.parquet"


class Objects:
    """The claims on the objects of one bucket."""

    def __init__(
        self, bucket: Bucket, teams: Sequence[Team], actors: Actors, names: Names, solver: Solver
    ) -> None:
        self._bucket, self._teams, self._actors = bucket, teams, actors
        self._names, self._solver = names, solver

    def results(self) -> Iterator[Result]:
        """Yields the verdicts on all claims."""
        for team in self._teams:
            for owner in self._teams:
                if owner.name != team.name:
                    yield from self._folder(team, owner)
                    yield from self._written(team, owner)
            for collection in self._bucket.collections:
                yield self._by_name(team, collection)
            yield self._settings(team)
        for owner in self._teams:
            yield from self._outsiders(owner)

    def _folder(self, team: Team, owner: Team) -> Iterator[Result]:
        """No access to the folders of another team."""
        for folder in self._bucket.folders[owner.name]:
            yield self._verdict(
                f"{team.name} neither reads nor writes {folder} of {self._bucket.shown}",
                team,
                owner.name,
                [*self._on_objects(team, folder), *self._on_listing(team, folder)],
            )

    def _written(self, team: Team, owner: Team) -> Iterator[Result]:
        """No access to what another team writes, wherever that is: but for reading an
        entry of a collection that is granted by name."""
        writers = self._actors.own[owner.name]
        if not writers:
            return
        shared = [
            self._bucket.key(f"{entry}*")
            for collection in self._bucket.collections
            for entry in entries(self._actors.own[team.name], self._bucket, collection)
        ]
        own = tuple(self._bucket.key(f"{f}*") for f in self._bucket.folders[owner.name])
        asked = [
            Asked(
                self._solver.ask(
                    Question(
                        self._caller(actor),
                        actions,
                        (pattern,),
                        (*own, *(shared if actions == READ else ())),
                        examples=(pattern.removesuffix("*") + EXAMPLE,),
                        also=(self._caller(writer), WRITE[:2]),
                    )
                ),
                str(actor.identity),
                actor.path,
            )
            for writer in writers
            for pattern in written(writer, self._bucket)
            for actor in self._actors.of[team.name]
            for actions in (READ, WRITE)
        ]
        yield self._verdict(
            f"{team.name} neither reads nor writes what {owner.name} writes elsewhere in "
            f"{self._bucket.shown}",
            team,
            owner.name,
            asked,
        )

    def _by_name(self, team: Team, collection: str) -> Result:
        """Of a collection only the entries that are granted by name."""
        granted = entries(self._actors.of[team.name], self._bucket, collection)
        outside = tuple(self._bucket.key(f"{entry}*") for entry in granted)
        examples = tuple(
            self._bucket.key(f"{collection}{name}/{EXAMPLE}")
            for name in ("another", *(entry.split("/")[1] + "-other" for entry in granted))
        )
        asked = [
            self._asked(actor, actions, f"{collection}{ANY_OBJECT}", outside, examples)
            for actor in self._actors.of[team.name]
            for actions in (READ, WRITE)
        ]
        names = ", ".join(granted) or "none"
        return self._verdict(
            f"{team.name} neither reads nor writes anything in {collection} of "
            f"{self._bucket.shown} but what it is granted by name ({names})",
            team,
            "",
            asked,
        )

    def _settings(self, team: Team) -> Result:
        """No change of the settings that protect the bucket."""
        asked = [
            Asked(
                self._solver.ask(Question(self._caller(actor), ADMINISTER, (self._bucket.arn,))),
                str(actor.identity),
                actor.path,
            )
            for actor in self._actors.of[team.name]
        ]
        return self._verdict(
            f"{team.name} does not change who has access to {self._bucket.shown}", team, "", asked
        )

    def _outsiders(self, owner: Team) -> Iterator[Result]:
        for folder in self._bucket.folders[owner.name]:
            asked = [
                *ask_outsiders(
                    self._bucket.grants,
                    (*READ, *WRITE),
                    (self._bucket.key(f"{folder}{ANY_OBJECT}"),),
                    dict(self._actors.identities),
                    self._names,
                    self._solver,
                    (self._bucket.key(f"{folder}{EXAMPLE}"),),
                ),
                *ask_outsiders(
                    self._bucket.grants,
                    LIST,
                    (self._bucket.arn,),
                    dict(self._actors.identities),
                    self._names,
                    self._solver,
                ),
            ]
            yield self._verdict(
                f"nobody outside of the plan reads or writes {folder} of {self._bucket.shown}",
                None,
                owner.name,
                asked,
            )

    def _on_objects(self, team: Team, folder: str) -> Iterator[Asked]:
        examples = (self._bucket.key(f"{folder}{EXAMPLE}"),)
        for actor in self._actors.of[team.name]:
            for actions in (READ, WRITE):
                yield self._asked(actor, actions, f"{folder}{ANY_OBJECT}", (), examples)

    def _on_listing(self, team: Team, folder: str) -> Iterator[Asked]:
        """Keys are listed by a prefix that is the folder's, above it or in it."""
        prefixes = (Pattern(f"{folder}*", beginnings=True),)
        for actor in self._actors.of[team.name]:
            question = Question(
                self._caller(actor),
                LIST,
                (self._bucket.arn,),
                parameters={"s3:prefix": prefixes},
            )
            yield Asked(self._solver.ask(question), str(actor.identity), actor.path)

    def _asked(
        self,
        actor: Actor,
        actions: tuple[str, ...],
        pattern: str,
        outside: tuple[str, ...],
        examples: tuple[str, ...],
    ) -> Asked:
        question = Question(
            self._caller(actor),
            actions,
            (self._bucket.key(pattern),),
            outside,
            examples=examples,
        )
        return Asked(self._solver.ask(question), str(actor.identity), actor.path)

    def _caller(self, actor: Actor) -> Caller:
        return actor.caller(self._names, *self._bucket.grants)

    def _verdict(self, claim: str, team: Team | None, owner: str, asked: Sequence[Asked]) -> Result:
        actors = self._actors.of[team.name] if team else ()
        return verdict(
            claim,
            Layer.OBJECTS,
            team.name if team else "",
            owner,
            asked,
            actors,
            self._bucket.unreadable,
        )
