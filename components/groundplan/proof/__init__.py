"""Proves from a manifest that no principal of one team reads or writes another team's
data, or refutes it with a counterexample.

    from groundplan.proof import Verdict, prove

    proof = prove(manifest)
    assert proof.verdict is Verdict.PROVED

Needs z3: `pip install groundplan[prove]`."""

from groundplan.proof.model import Counterexample as Counterexample
from groundplan.proof.model import Layer as Layer
from groundplan.proof.model import Proof as Proof
from groundplan.proof.model import Result as Result
from groundplan.proof.model import Verdict as Verdict
from groundplan.proof.prove import SolverMissing as SolverMissing
from groundplan.proof.prove import prove as prove
