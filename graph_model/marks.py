"""Marks: how it is told by which name or number a record may be somebody's, without being linked to him (存疑标识).

`loaders.identity.doubts` marks parties with them, `loaders.load.rejections` keeps those of rows that were not taken.
"""

import re
from collections.abc import Iterator

from graph_model.identifiers import (
    citizen_id_faults,
    mask_persons_in,
    name_key,
    normalise_code,
    normalise_org_code,
    org_code_valid,
    reg_number_valid,
    uscc_faults,
)
from graph_model.names import alike_key, is_body_name, is_nobody

NAME, NUMBER, PERSON_MARK, BRANCH, REJECTED = "name ", "number ", "person ", "branch ", "rejected "
"""How a mark begins."""


def lookups(name: str) -> set[tuple[str, str]]:
    """A name as it may be indexed, with the form by which names are alike."""
    alike = alike_key(name) or name
    return {(name, NAME + alike), (alike, NAME + alike)}


def marks_in(cell: str) -> list[str]:
    """The marks of the bodies that a cell names or numbers, of several each; of natural persons none.

    >>> marks_in("湘江建设有限公司、罗小云"), marks_in("91430602XN3708788L")
    (['name 湘江建设有限公司'], ['number uscc 91430602XN3708788L', 'number cn-org XN3708788'])
    """
    return list(dict.fromkeys((*_numbers(cell), *_names(cell))))


def marks_of(asked: str) -> list[str]:
    """The marks of whom a name or number means that somebody asks about."""
    return list(dict.fromkeys((*_numbers(asked), *name_marks(asked))))


def _numbers(text: str) -> Iterator[str]:
    code = normalise_code(text) or ""
    if len(code) == 18 and not uscc_faults(code) and citizen_id_faults(code):
        yield f"{NUMBER}uscc {code}"
        yield f"{NUMBER}cn-org {code[8:17]}"
    elif reg_number_valid(code):
        yield f"{NUMBER}cn-reg {code}"
    elif (org := normalise_org_code(text)) and org_code_valid(org) and mask_persons_in(code) == code:  # or a passport
        yield f"{NUMBER}cn-org {org}"


_DIVIDED = re.compile(r"[、，,；;\n]|以及|及(?!其)")
_PLACE = re.compile(r"(?<=公司|银行)[(（][^()（）]*[)）]$")
"""Behind a whole name: a place, or what it is called as well."""
_UNNAMED = re.compile(r"(?:其|该行|该公司)?(?:相关|有关|直接)*(?:责任人员?|涉案人员)等?$")


def _names(text: str) -> Iterator[str]:
    whole = [text] if is_body_name(text) else []
    parts = [_UNNAMED.sub("", part.strip()) for part in _DIVIDED.split(text)]
    bare = [_PLACE.sub("", part) for part in parts]
    for name in dict.fromkeys((*whole, *parts, *bare)):
        if is_body_name(name) and not is_nobody(name):
            yield from name_marks(name)


def name_marks(name: str) -> list[str]:
    """The marks of a name. One in which a person's number stands has none: it would be kept as it is.

    >>> name_marks("湘江建设有限公司"), name_marks("湘江建设有限公司 13912345678")
    (['name 湘江建设有限公司'], [])
    """
    key = name_key(name)
    if not key or mask_persons_in(key) != key or mask_persons_in(name) != name:
        return []
    return sorted({NAME + told for told, _ in lookups(key)})
