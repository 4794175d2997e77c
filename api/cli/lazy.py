"""Commands that are imported when they are called, so that nobody waits for what others need."""

import gc
from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import Any, ClassVar, NamedTuple

import typer
from typer.core import TyperGroup

from graph_model.errors import MOST_SAID
from graph_model.identifiers import mask_ids_in


class Place(NamedTuple):
    """Where a command, or a group of them, is; and what it is for, in one line."""

    name: str
    where: str
    """`module:function`, or `module:typer` for a group of commands."""
    summary: str


class LazyGroup(TyperGroup):
    """A group whose help is known before any of its commands is imported. Subclasses say what is in it.

    The help is plain text: to draw it with rich takes longer than all else.
    """

    sections: ClassVar[Mapping[str, tuple[Place, ...]]] = {}
    """Title of a section of the help → its commands."""
    renamed: ClassVar[Mapping[str, str]] = {}
    """Option that some commands had → what to tell those who still give it."""

    def __init__(self, **settings: Any) -> None:
        places = {place.name: place for section in self.sections.values() for place in section}
        super().__init__(**settings)
        self.commands: Any = _Loaded(places)

    def invoke(self, ctx: Any) -> Any:
        """Run what was called; an option of before is refused with a sentence."""
        try:
            return super().invoke(ctx)
        except Exception as error:
            refused: Any = error
            if told := self.renamed.get(getattr(error, "option_name", None) or ""):
                refused.message, refused.possibilities = told, None
            _mask(refused)
            raise

    def make_context(self, *args: Any, **more: Any) -> Any:
        """What is wrong with a command line quotes it: no more of that than may be shown."""
        try:
            return super().make_context(*args, **more)
        except Exception as error:
            _mask(error)
            raise

    def list_commands(self, ctx: Any) -> list[str]:
        """Names, in the order of the help."""
        return list(self.commands)

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """Each section with its commands."""
        for title, places in self.sections.items():
            with formatter.section(title):
                formatter.write_dl([(place.name, place.summary) for place in places])


def _mask(error: Any) -> None:
    if isinstance(text := getattr(error, "message", None), str):
        error.message = mask_ids_in(text)[:MOST_SAID]


class _Loaded(Mapping[str, Any]):
    """Name → command. It is imported the first time that somebody asks for it."""

    def __init__(self, places: Mapping[str, Place]) -> None:
        self._places = places
        self._known: dict[str, Any] = {}

    def __getitem__(self, name: str) -> Any:
        if name not in self._known:
            self._known[name] = _load(self._places[name])
        return self._known[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._places)

    def __len__(self) -> int:
        return len(self._places)


def _load(place: Place) -> Any:
    module, _, name = place.where.partition(":")
    gc.disable()  # what is imported stays: to look for what could be collected takes a tenth of the time
    try:
        found = getattr(import_module(module), name)
    finally:
        gc.freeze()  # and once more as long when the process ends
        gc.enable()
    if not isinstance(found, typer.Typer):
        one = command_group()
        one.command(place.name)(found)
        found = one
    command = typer.main.get_command(found)
    command.name = place.name
    return command


def command_group(help: str | None = None, *, alone: bool = False) -> typer.Typer:
    """A group of commands.

    Args:
        alone: its name without a command does something too; else it shows the help.
    """
    return typer.Typer(
        help=help,
        no_args_is_help=not alone,
        invoke_without_command=alone,
        add_completion=False,
        rich_markup_mode=None,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
