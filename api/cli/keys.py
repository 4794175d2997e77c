"""The command line: the keys with which the service is asked."""

from typing import Annotated, Any

import typer
from rich.table import Table

from api.api_keys import DAYS, MOST_PER_MINUTE, PER_MINUTE, ApiKeys
from api.cli.lazy import command_group
from api.cli.terminal import JsonOption, err, out, tell
from graph_model.store.settings import Settings

keys = command_group("The keys with which the service is asked: make one, list them, end one.")


@keys.command("create")
def create_command(
    role: Annotated[
        str,
        typer.Option(help="public, approver, investigator, supervisor, data_owner, subject or admin."),
    ],
    organ: Annotated[str, typer.Option(help="Name of the organ that asks, as facts tell their owner.")] = "",
    area: Annotated[str, typer.Option(help="Code of its division (GB/T 2260); it is told, and limits nothing.")] = "",
    party: Annotated[str, typer.Option(metavar="KEY", help="Of a subject: key of the party that asks.")] = "",
    days: Annotated[int, typer.Option(min=1, max=3660, help="For so long it counts.")] = DAYS,
    per_minute: Annotated[
        int, typer.Option("--per-minute", min=1, max=MOST_PER_MINUTE, help="So many requests it may make.")
    ] = PER_MINUTE,
    as_json: JsonOption = False,
) -> None:
    """Make a key. It is shown once; what is kept is its hash. From the first key on the service answers nobody without one.

    Example: creditgraph keys create --role approver --organ 长沙市行政审批服务局 --area 4301
    Example: creditgraph keys create --role subject --party p-… --days 30 --per-minute 20
    """
    settings = Settings()
    key, text = ApiKeys(settings.api_keys_file).create(
        role, author=settings.author, organ=organ, area=area, party=party, days=days, per_minute=per_minute
    )

    def show(_: Any) -> None:
        out.print(text, highlight=False, soft_wrap=True)
        err.print(
            f"key {key.id} for {role}, until {key.until}. It is not shown again. Ask with: Authorization: Bearer <key>",
            highlight=False,
            markup=False,
        )

    tell(key.told() | {"key": text}, as_json, show)


@keys.command("list")
def list_command(as_json: JsonOption = False) -> None:
    """Which keys are there, for whom, until when? No secret is told.

    Example: creditgraph keys list --json
    """
    tell([key.told() for key in ApiKeys(Settings().api_keys_file).all().values()], as_json, _show_keys)


def _show_keys(rows: list[dict[str, Any]]) -> None:
    if not rows:
        out.print("no keys: on this machine everything is asked as the user of the system")
        return
    table = Table("id", "role", "organ or party", "area", "until", "a minute", "state", box=None)
    for row in rows:
        whose = row["organ"] or row["party"]
        table.add_row(row["id"], row["role"], whose, row["area"], row["until"], str(row["per_minute"]), row["state"])
    out.print(table)


@keys.command("revoke")
def revoke_command(
    id: Annotated[str, typer.Argument(metavar="ID", help="As `keys list` tells it.")], as_json: JsonOption = False
) -> None:
    """End a key: it is refused from the next request on, in every process.

    Example: creditgraph keys revoke 3f9a0c21b7
    """
    ended = ApiKeys(Settings().api_keys_file).revoke(id)
    tell(ended.told(), as_json, lambda _: out.print(f"revoked: {ended.id} ({ended.role})", highlight=False))
