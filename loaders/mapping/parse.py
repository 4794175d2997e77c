"""A mapping file → a mapping, or the fault of it with line and key."""

import difflib
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from graph_model.errors import SourceError
from graph_model.identifiers import mask_ids_in
from loaders.mapping.faults import faults
from loaders.mapping.shape import FACTS, SHAPES, Mapping, TextCell, WordsCell, cells

MAX_SIZE = 2**20


MAX_DEPTH = 20


SUFFIXES = (".yaml", ".yml")


def is_mapping(source: str) -> bool:
    """Whether the SOURCE of a command is a mapping file."""
    return source.lower().endswith(SUFFIXES)


def read_mapping(path: Path) -> Mapping:
    """The mapping in a file.

    Raises:
        SourceError: with file, line and key (code `bad-mapping`): it cannot be read, breaks the shape, or names what
            does not exist.
    """
    try:
        if path.stat().st_size > MAX_SIZE:
            raise SourceError("is too large for a mapping", file=path.name, code="bad-mapping")
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as e:
        raise SourceError(f"cannot be opened ({e.strerror})", file=str(path), code="no-file") from e
    except UnicodeDecodeError as e:
        raise SourceError("is not UTF-8", file=path.name, code="bad-mapping", todo="Save it as UTF-8.") from e
    return parse_mapping(text, path.name)


def unfinished(mapping: Mapping) -> list[str]:
    """What a proposal left to its reader and nobody filled in yet: the keys that still say TODO."""
    told = {"title.zh": mapping.title.zh, "title.en": mapping.title.en, "owner": mapping.owner}
    for n, file in enumerate(mapping.files):
        for part in (*file.parties.values(), *file.facts):
            for key, cell in cells(part):
                values = cell.values if isinstance(cell, TextCell | WordsCell) else None
                stated = (*(values or ()), *(getattr(cell, "codes", None) or ()))
                told |= {f"files.{n}.{key}": "TODO" for value in stated if value == "TODO"}
    return [key for key, value in told.items() if value == "TODO"]


def parse_mapping(text: str, file: str) -> Mapping:
    """As `read_mapping`, of a text."""
    root = _composed(text, file)
    content = _plain(root, file)
    try:
        mapping = Mapping.model_validate(content)
    except ValidationError as error:
        raise _broken(error, root, file) from None
    if found := list(faults(mapping)):
        where, reason = found[0]
        raise _bad_mapping(root, file, where, reason, len(found) - 1)
    return mapping


def _composed(text: str, file: str) -> yaml.Node:
    try:
        depth = 0
        for event in yaml.parse(text, yaml.BaseLoader):
            depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
            if depth > MAX_DEPTH:
                raise SourceError(
                    "is nested deeper than any mapping", file=file, line=event.start_mark.line + 1, code="bad-mapping"
                )
            if isinstance(event, yaml.AliasEvent):
                raise SourceError(
                    "uses an alias (*), which a mapping does not need",
                    file=file,
                    line=event.start_mark.line + 1,
                    code="bad-mapping",
                    todo="Put a column name that begins with * or & in quotes.",
                )
        root = yaml.compose(text, yaml.BaseLoader)
    except yaml.YAMLError as e:
        mark = getattr(e, "problem_mark", None)
        raise SourceError(
            f"is not readable as YAML ({mask_ids_in(getattr(e, 'problem', None) or str(e))})",
            file=file,
            line=mark.line + 1 if mark else None,
            code="bad-mapping",
            todo="Look for a missing space after a colon, a tab, or a text that needs quotes.",
        ) from e
    if root is None:
        raise SourceError("is empty", file=file, code="bad-mapping", todo="creditgraph mapping new FILE writes one.")
    return root


def _plain(node: yaml.Node, file: str) -> Any:
    """Lists, dicts and texts; a key that stands twice is an error."""
    if isinstance(node, yaml.SequenceNode):
        return [_plain(item, file) for item in node.value]
    if not isinstance(node, yaml.MappingNode):
        return node.value
    found: dict[str, Any] = {}
    for key, value in node.value:
        if not isinstance(key, yaml.ScalarNode) or key.value in found:
            reason = "stands twice" if isinstance(key, yaml.ScalarNode) else "is a key, but no text"
            raise SourceError(
                reason,
                file=file,
                line=key.start_mark.line + 1,
                field=str(key.value)[:80],
                code="bad-mapping",
                todo="Take one of them out, or put a key with a special character in quotes.",
            )
        found[key.value] = _plain(value, file)
    return found


def _at(root: yaml.Node, where: tuple[int | str, ...]) -> int:
    """The line of a part. Steps that the file does not have (the kind of a fact, a shorthand) are passed over."""
    node, line = root, root.start_mark.line + 1
    for step in where:
        if isinstance(node, yaml.MappingNode):
            for key, value in node.value:
                if key.value == step:
                    node, line = value, key.start_mark.line + 1
                    break
        elif isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
            node = node.value[step]
            line = node.start_mark.line + 1
    return line


def _bad_mapping(root: yaml.Node, file: str, where: tuple[int | str, ...], reason: str, more: int = 0) -> SourceError:
    return SourceError(
        reason + (f" (and {more} more)" if more else ""),
        file=file,
        line=_at(root, where),
        field=".".join(str(step) for step in where),
        code="bad-mapping",
        todo="docs/mapping/keys.md explains every key.",
    )


def _broken(error: ValidationError, root: yaml.Node, file: str) -> SourceError:
    """What breaks the shape, in words for who wrote the file."""
    # A key that is not known comes first: often it is the one that is missing, misspelt.
    errors = sorted(error.errors(), key=lambda e: e["type"] != "extra_forbidden")
    first = errors[0]
    where = tuple(step for step in first["loc"] if step not in FACTS)
    reason = first["msg"].removeprefix("Value error, ")
    match first["type"]:
        case "extra_forbidden":
            near = difflib.get_close_matches(str(where[-1]), _KEYS, 1)
            reason = "is no key that is known here" + (f"; is {near[0]} meant?" if near else "")
        case "missing":
            reason = "is missing"
        case "union_tag_not_found" | "union_tag_invalid":
            where, reason = (*where, "fact"), f"has to be one of {', '.join(FACTS)}"
        case "dict_type" | "model_type" | "model_attributes_type":
            reason = "has to be a group of keys (key: value), not a text or a list"
        case "tuple_type":
            reason = "has to be a list"
        case "string_type":
            reason = "has to be a text"
    return _bad_mapping(root, file, where, reason, len(errors) - 1)


_KEYS = sorted({field.alias or name for shape in SHAPES for name, field in shape.model_fields.items()})
