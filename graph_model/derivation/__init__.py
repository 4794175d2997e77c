"""Facts + rules → consequences. Pure: no database, no clock, the same answer every time.

A consequence says: this measure, for this subject, from this sanction, by this rule; its status over time; and the
ordered facts on which it rests. What is missing for it to be more than a candidate is named, and so is every
reading of an unknown date.

`case.py` has what goes in and comes out; `engine.py` tries every rule on every decision: `conditions.py` asks what the
rule asks of the decision, `reach.py` and `second_hop.py` whom it reaches, `outcome.py` what follows and how long.

How each kind of rule becomes active:

- ``ex_lege``        the facts alone; for a natural person only with a human's confirmation (个人信息保护法 24)
- ``fault_gated``    needs a document that finds the person at fault, or names him
- ``named``          needs the decision to name the subject
- ``order``          needs an order that covers the person
- ``discretionary``  needs the authority's decision about the subject, even when he is the one sanctioned
- ``record_only``    needs a certain post on a certain day; takes no right, so no confirmation
- ``advisory``       never
"""

from graph_model.derivation.case import Case, Clean, Consequence, Step, consequence_key
from graph_model.derivation.engine import derive, trace
from graph_model.derivation.outcome import CONFIRM, NOT_SUSPENDED

__all__ = [
    "CONFIRM",
    "NOT_SUSPENDED",
    "Case",
    "Clean",
    "Consequence",
    "Step",
    "consequence_key",
    "derive",
    "trace",
]
