"""The command line: checks that can be kept as proof (查询凭证)."""

import json
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from api import VERSION
from api.certificate import (
    MAX_CERTIFICATE,
    CheckStatement,
    RefusedCertificate,
    SigningKeys,
    digest_of_json,
    digest_of_text,
    statement,
)
from api.certificate import verify as verify_certificate
from api.cli.exit_codes import FAILED
from api.cli.language import in_words
from api.cli.lazy import command_group
from api.cli.terminal import (
    AsOfOption,
    HopsOption,
    JsonOption,
    PartiesArgument,
    StoreOption,
    err,
    graph_of,
    out,
    print_json,
    tell,
)
from api.http.parameters import Purpose
from api.kept import KeptBeside, KeptCertificate
from graph_model.errors import BadRequest
from graph_model.rules import load_pack
from graph_model.store.connect import today
from graph_model.store.keys import load_keys
from graph_model.store.settings import Settings
from queries.lookup import lookup

certificate = command_group("Checks that can be kept as proof: issue one, the keys that sign, a new key.")

CertificateArgument = Annotated[
    Path, typer.Argument(metavar="FILE", exists=True, dir_okay=False, help="The certificate.")
]


@certificate.command("issue")
def issue_command(
    parties: PartiesArgument,
    purpose: Annotated[Purpose, typer.Option(help="Why they are looked at; stands in the certificate.")],
    file: Annotated[Path, typer.Option("--out", "-o", metavar="FILE", help="Where the certificate goes.")],
    answers: Annotated[
        Path | None,
        typer.Option("--answers", metavar="FILE", help="Where the answers go as JSON, to be kept beside it."),
    ] = None,
    hops: HopsOption = 2,
    as_of: AsOfOption = None,
    store: StoreOption = None,
) -> None:
    """Look parties up and sign what came out, found or not found.

    Example: creditgraph certificate issue 91430102XN06181386 --purpose tender --out check.jws
    """
    pack, settings = load_pack(), Settings()
    keys = load_keys(settings)
    more: dict[str, Any] = {"hops": hops, "as_of": as_of or today(), "hash": keys.hash}
    with graph_of(store) as graph:
        found = [lookup(graph, pack, text, **more) for text in parties]
        said = statement(
            found, purpose=purpose, hops=hops, rules=pack.digest, version=VERSION, days=settings.certificate_days
        )
        signed = SigningKeys(settings.signing_dir).sign(said)
        KeptBeside(settings.kept_file, keys).register(graph, said, signed, found)
    _write(file, signed + "\n")
    if answers:
        told = [answer.model_dump(mode="json", by_alias=True) for answer in found]
        _write(answers, json.dumps(told, ensure_ascii=False, indent=1) + "\n")
    _show_statement(said)


@certificate.command("state")
def state_command(
    file: CertificateArgument,
    store: StoreOption = None,
    as_json: JsonOption = False,
) -> None:
    """Is this certificate still to be relied on: nothing taken back of what it rests on, not over, no newer one?

    Exit 1: it is refused, or no longer to be relied on. It is asked of the register here and of the graph as it stands now.

    Example: creditgraph certificate state check.jws
    """
    said, text = _verified(file, SigningKeys(Settings().signing_dir).public())
    kept = KeptBeside(Settings().kept_file, load_keys(Settings()))
    with graph_of(store) as graph:
        found = kept.state_of(graph, said.id)
    if found is None or found.digest != digest_of_text(text):
        raise BadRequest(
            f"{file}: no such certificate was issued here: ask where it was, at GET /v1/certificates/{said.id}"
        )
    tell(found, as_json, _show_state)
    if found.state != "issued":
        raise typer.Exit(FAILED)


@certificate.command("keys")
def keys_command() -> None:
    """The public keys, as a JWK set: whoever verifies keeps them. The service tells them at /.well-known/jwks.json.

    Example: creditgraph certificate keys
    """
    print_json(SigningKeys(Settings().signing_dir).public())


@certificate.command("rotate")
def rotate_command() -> None:
    """Make a new key that signs from now on. What older ones signed can still be verified.

    Example: creditgraph certificate rotate
    """
    out.print(SigningKeys(Settings().signing_dir).rotate(), highlight=False)


def verify_command(
    file: CertificateArgument,
    keys: Annotated[
        Path | None,
        typer.Option("--keys", exists=True, dir_okay=False, help="Public keys of who signed; default: those of here."),
    ] = None,
    answers: Annotated[
        Path | None,
        typer.Option(
            "--answers", exists=True, dir_okay=False, help="The answers as JSON: are they those it certifies?"
        ),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Was this certificate signed by these keys, and is it as it was signed? Needs no store and no network.

    Exit 1: it is refused. A certificate that is no longer to be relied on is told as such, and still is as it was signed.

    Example: creditgraph verify check.jws
    """
    public = _json_of(keys) if keys else SigningKeys(Settings().signing_dir).public()
    said, _ = _verified(file, public, answers)
    tell(said, as_json, _show_statement)


def _verified(file: Path, public: Any, answers: Path | None = None) -> tuple[CheckStatement, str]:
    """What a file says that is a certificate, and its text; else the command ends."""
    if file.stat().st_size > MAX_CERTIFICATE:
        raise BadRequest(f"{file} is no certificate: it has more than {MAX_CERTIFICATE:,} bytes")
    text = file.read_text(encoding="utf-8", errors="replace")
    try:
        said = verify_certificate(text, public)
        if answers:
            _same_answers(said, _json_of(answers), answers)
    except RefusedCertificate as refused:
        err.print(f"{file}: refused: {refused}", style="red", highlight=False, markup=False, soft_wrap=True)
        raise typer.Exit(FAILED) from None
    return said, text


def _show_state(found: KeptCertificate) -> None:
    words = {
        "issued": "有效 to be relied on",
        "superseded": f"已被新凭证取代 superseded by {found.superseded_by}",
        "expired": f"已过期 expired on {found.until:%Y-%m-%d %H:%M} UTC",
        "withdrawn": f"已失效 withdrawn: {found.taken_back} of what it rests on were corrected, withdrawn or repaired",
        "elsewhere": "属于另一个库,不能判断 it is of another store: it cannot be said here",
    }
    out.print(f"{found.id}  {words[found.state]}, as of position {found.looked_at}", highlight=False, soft_wrap=True)


def _same_answers(said: CheckStatement, told: Any, file: Path) -> None:
    digests = [digest_of_json(answer) for answer in (told if isinstance(told, list) else [told])]
    if digests != [party.answer for party in said.parties]:
        raise RefusedCertificate(f"the answers in {file} are not those that it certifies")


def _json_of(file: Path) -> Any:
    try:
        return json.loads(file.read_text(encoding="utf-8"))
    except ValueError as error:
        raise BadRequest(f"{file} is no JSON: {error}") from error


def _show_statement(said: CheckStatement) -> None:
    out.print(f"{said.id}  signed {said.at:%Y-%m-%d %H:%M:%S} UTC, purpose {said.purpose}", highlight=False)
    out.print(
        f"as of {said.as_of}, position {said.position}, rules {said.rules[:12]}, {said.hops} hops", highlight=False
    )
    for party in said.parties:
        named = f"{party.name or '?'} {' '.join(party.numbers) or party.key or ''}"
        counts = f"{party.sanctions} sanctions, {sum(party.consequences.values())} measures, {party.hits} hits nearby"
        whole = "" if party.complete else ", not complete"
        out.print(f"  {party.status}{whole}: {named}: {counts}", highlight=False, markup=False)
        if party.reason:
            out.print(f"    {in_words(party.reason)}", highlight=False, markup=False)
    over = said.until < datetime.now(UTC)
    text = (
        f"no longer to be relied on: it was until {said.until:%Y-%m-%d %H:%M} UTC"
        if over
        else (f"to be relied on until {said.until:%Y-%m-%d %H:%M} UTC")
    )
    out.print(text, style="yellow" if over else "", highlight=False)


def _write(path: Path, text: str) -> None:
    """For its owner's eyes: it may name a person."""
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        raise BadRequest(f"{path} cannot be written: {error.strerror}") from error
