"""What rows say of nobody is left out, in every source: masked names, and words that stand for names.

A name that says who is meant only to whoever masked it would join all who are masked alike.
"""

from graph_model.errors import SourceError
from graph_model.identifiers import mask_ids_in
from graph_model.names import is_nobody
from loaders.drafts import (
    CredentialMention,
    Draft,
    EntityMention,
    InspectionMention,
    Mention,
    PersonMention,
    Row,
    SanctionMention,
    TenderMention,
)


def about_somebody(row: Row, drafts: list[Draft], named: dict[Mention, None]) -> list[Draft]:
    """The drafts of a row without those about nobody.

    Args:
        named: mentions that have been seen to name somebody.

    Raises:
        SourceError: nothing else is said.
    """
    every = ((d, mention) for d in drafts for mention in (d.start, d.end) if mention is not None)
    nobody = [(d, name) for d, m in every if m not in named and (name := _unnamed(m)) is not None]
    if not nobody:
        return drafts
    left_out = {id(draft) for draft, _ in nobody}
    if kept := [draft for draft in drafts if id(draft) not in left_out]:
        return kept
    name = nobody[0][1]
    raise SourceError(
        "is masked, or a word that stands for a name: nobody is known by it",
        file=row.file,
        line=row.line,
        field=next((field for field, cell in row.values.items() if cell and name in cell), ""),
        value=mask_ids_in(name),
        code="no-identity",
        todo="Give the full name, or the number.",
    )


def _unnamed(mention: Mention | None) -> str | None:
    """The name that is nobody's, where nothing but the name says who is meant."""
    match mention:
        case EntityMention() | PersonMention():
            if not mention.identifiers and is_nobody(mention.name):
                return mention.name
            return _unnamed(mention.scope) if isinstance(mention, PersonMention) else None
        case SanctionMention() | InspectionMention():
            return _unnamed(mention.subject)
        case CredentialMention():
            return _unnamed(mention.holder)
        case TenderMention():
            return _unnamed(mention.purchaser)
    return None
