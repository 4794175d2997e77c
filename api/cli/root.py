"""The command line `creditgraph`: which commands there are, in which order the help names them, and where each is.

Answers go to standard output, as text or with `--json` as JSON alone; everything else goes to standard error.
Exit codes: 0 done, 2 bad input, 5 the store is away; look-ups with `--fail-on-hit`: 0 clear, 3 hit, 4 cannot say.
"""

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from api import VERSION
from api.cli.exit_codes import FAILED, error_code
from api.cli.lazy import LazyGroup, Place
from graph_model.errors import CreditGraphError, StoreNotReady, StoreUnavailable
from graph_model.identifiers import mask_ids_in

SECTIONS = {
    "Ask": (
        Place("find", "api.cli.ask:find_command", "parties by key, number, name or a part of it"),
        Place("lookup", "api.cli.ask:lookup_command", "sanctions, legal consequences and hits nearby, in one"),
        Place(
            "consequences",
            "api.cli.ask:consequences_command",
            "which measures reach a party, or whom a sanction reaches",
        ),
        Place("exposure", "api.cli.ask:exposure_command", "who nearby is sanctioned, by which path"),
        Place("why-not", "api.cli.law:why_not_command", "why a rule does not reach a party"),
        Place("screen", "api.cli.screen:screen_command", "a whole list of parties, file to file"),
    ),
    "Check": (
        Place("check", "api.cli.checks:check", "before a tender, contract or post; alone: is all in order here?"),
        Place("whitelist", "api.cli.whitelist:whitelist_command", "who belongs on a white list (白名单), by a profile"),
        Place("supervise", "api.cli.whitelist:supervise_command", "tiers and sampling weights (双随机), by a table"),
    ),
    "Case work": (
        Place("confirm", "api.cli.casework:confirm", "confirm or refuse that a measure reaches a person"),
        Place("due", "api.cli.casework:due_command", "who owes what by when"),
        Place("objection", "api.cli.casework:objection", "take an objection (异议) one stage further"),
        Place("repair", "api.cli.casework:repair", "can it be repaired (信用修复)? and one stage further"),
        Place("explain", "api.cli.casework:explain", "a consequence as a text for the person concerned"),
    ),
    "Load": (
        Place("load", "api.cli.loading:load_command", "a file or a folder of a source"),
        Place("mapping", "api.cli.mapping:mapping", "describe a spreadsheet of your own"),
        Place("derive", "api.cli.law:derive", "consequences from the facts that changed"),
        Place("ledger", "api.cli.loading:ledger", "what was loaded, what was not taken, and why"),
    ),
    "Store": (
        Place("demo", "api.cli.demo:demo", "a worked example on an invented province"),
        Place("serve", "api.cli.store:serve", "the explorer and the API"),
    ),
    "Network": (
        Place("ownership", "api.cli.ownership:ownership_command", "who owns and controls a company"),
        Place("paths", "api.cli.paths:paths_command", "by which paths parties hang together"),
        Place("common", "api.cli.paths:common_command", "who stands next to each of several parties"),
        Place("circle", "api.cli.paths:circle_command", "the circle around a list of parties"),
        Place("reached", "api.cli.reached:reached_command", "who is reached from a list of parties"),
        Place("overview", "api.cli.overview:overview_command", "questions about the whole graph"),
        Place("listed", "api.cli.overview:listed_command", "who stands on a list, or has a record of a code"),
    ),
    "Quality": (
        Place("quality", "api.cli.quality:quality_command", "how good is what each owner supplied"),
        Place("codes", "api.cli.codes:codes", "wrong and doubled credit codes (重错码)"),
        Place("entity", "api.cli.codes:entity", "merge two entities that are one, or split them"),
        Place("same-person", "api.cli.same_person:same_person", "which entries may be one natural person (同一人)"),
        Place("catalogue", "api.cli.quality:catalogue", "who reports what how often, and what is late"),
        Place("organs", "api.cli.quality:organs", "organs, their names over time, who succeeded whom"),
    ),
    "More case work": (
        Place("record", "api.cli.casework:record", "findings, orders, liftings, withdrawals, changed terms"),
        Place("tasks", "api.cli.casework:tasks_command", "what each organ has to carry out"),
        Place("task", "api.cli.casework:task", "how an organ carries out a measure"),
        Place("events", "api.cli.casework:events", "all that was recorded: list, export, import"),
        Place("incentives", "api.cli.law:incentives_command", "which incentives (守信激励) a party may have"),
        Place("published", "api.cli.law:published_command", "what may still be shown to the public (公示)"),
        Place("rules", "api.cli.law:rules", "the law as data: list, show, check"),
        Place("what-if", "api.cli.law:what_if_command", "what other rules would change"),
    ),
    "More of loading and of the store": (
        Place("sample", "api.cli.demo:sample", "an invented province as source files"),
        Place("template", "api.cli.mapping:template", "an empty spreadsheet for those who supply data"),
        Place("export", "api.cli.export:export", "what is believed, as FollowTheMoney or BODS"),
        Place("projection", "api.cli.projection:projection", "the copy that answers many questions at once"),
        Place("certificate", "api.cli.certificate:certificate", "checks that can be kept as proof: issue, keys"),
        Place("verify", "api.cli.certificate:verify_command", "is a certificate as it was signed, and by whom?"),
        Place("audit", "api.cli.audit:audit", "who asked the service about whom: verify, show, export"),
        Place("keys", "api.cli.keys:keys", "with which the service is asked: create, list, revoke"),
        Place("doctor", "api.cli.doctor:doctor", "is everything in order here, and what to do if not"),
        Place("backup", "api.cli.backup:backup", "the whole store in one file, while it is in use"),
        Place("restore", "api.cli.backup:restore", "an empty store from a backup, proved to be the same"),
        Place("db", "api.cli.store:db", "the local Neo4j: start, stop, status, reset"),
    ),
}
"""The twenty that most people need, by what they are for; then the others."""


RENAMED = {"--as": "Who decides is --author. --as is the role in which somebody acts, and this command asks for none."}


class Root(LazyGroup):
    """All commands."""

    sections = SECTIONS
    renamed = RENAMED


app = typer.Typer(
    cls=Root,
    name="creditgraph",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(asked: bool) -> None:
    if asked:
        typer.echo(f"creditgraph {VERSION}")
        raise typer.Exit


@app.callback()
def root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Which version is this?")
    ] = False,
    lang: Annotated[
        str | None, typer.Option("--lang", metavar="zh|en", help="Language of the answers; default that of the system.")
    ] = None,
) -> None:
    """Which legal measure reaches whom, by which clause and path; and who near a party is blacklisted."""
    if lang is not None:
        from api.cli.language import speak  # here: --help needs none of it

        speak(lang)


def main() -> None:
    """Entry point: errors a user is meant to read come without a traceback."""
    try:
        app()
    except CreditGraphError as error:
        from api.cli.terminal import err

        if isinstance(error, StoreUnavailable):
            err.print(f"[red]Neo4j:[/] {error}", highlight=False, soft_wrap=True)
        else:
            style = "yellow" if isinstance(error, StoreNotReady) else "red"
            err.print(str(error), style=style, highlight=False, markup=False, soft_wrap=True)
        sys.exit(error_code(error))
    except BrokenPipeError:  # whoever read our output has enough
        sys.stderr.close()
        sys.exit(FAILED)
    except OSError as error:
        from api.cli.terminal import err

        where = f" {mask_ids_in(str(error.filename))}" if error.filename else ""
        text = f"The system refuses{where}: {error.strerror or error}. Check that the folder is there and may be written to."
        err.print(text, style="red", highlight=False, markup=False, soft_wrap=True)
        sys.exit(error_code(error))
    except Exception as error:
        from api.cli.terminal import err
        from graph_model.store.settings import Settings

        if Settings().debug:
            raise
        text = (
            f"A fault of creditgraph itself ({type(error).__name__}), not of yours. What happened stands in "
            f"{_kept(error)}; it may hold data: look through it before you report it. CREDITGRAPH_DEBUG=1 shows it here."
        )
        err.print(text, style="red", highlight=False, markup=False, soft_wrap=True)
        sys.exit(error_code(error))


def _kept(error: Exception) -> Path:
    """Where the traceback was written: for its owner's eyes, id numbers masked."""
    import traceback

    from graph_model.store.settings import Settings

    path = Settings().data_dir / "last-fault.txt"
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(mask_ids_in("".join(traceback.format_exception(error))))
    return path
