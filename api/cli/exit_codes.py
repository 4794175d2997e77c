"""How a command ends: which code stands for which answer, and for which error. No other place knows these numbers."""

from graph_model.errors import CreditGraphError, StoreNotReady, StoreUnavailable

CLEAR, FAILED, BAD_INPUT, HIT, CANNOT_SAY, STORE_AWAY = 0, 1, 2, 3, 4, 5


def exit_code(status: str, complete: bool = True) -> int:
    """What a look-up with `--fail-on-hit` ends with: a clear answer that is not complete cannot be said."""
    if status == "hit":
        return HIT
    return CLEAR if status == "clear" and complete else CANNOT_SAY


def error_code(error: Exception) -> int:
    """What a command ends with that an error has ended: what the user can mend is bad input, all else is our fault."""
    if isinstance(error, StoreUnavailable):
        return STORE_AWAY
    if isinstance(error, StoreNotReady):
        return CANNOT_SAY
    return BAD_INPUT if isinstance(error, CreditGraphError | OSError) else FAILED
