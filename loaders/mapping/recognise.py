"""Which column of a table never seen is what: by its name; by its values where they speak against it, or no name is known."""

import re

from loaders.mapping.columns import Column
from loaders.reading.headers import left_out, meaning_of, rank, variants
from loaders.reading.values import is_open

DATE_MEANINGS = frozenset(
    f"{group}.{key}"
    for group, keys in {
        "decision": "decided_on act_on since until last_day published_on publish_last_day",
        "credential": "decided_on since last_day",
        "profile": "established_on",
        "post": "since until",
        "share": "since until",
        "file": "data_date",
    }.items()
    for key in keys.split()
)


MONEY_MEANINGS = frozenset(("decision.fine", "decision.confiscated", "decision.amount", "profile.capital"))


NUMBER_FORMS = {
    "uscc": "credit codes",
    "reg": "registration numbers",
    "org_code": "organisation codes",
    "citizen_id": "citizen id numbers",
}


class Recognised:
    """Which column is what, as far as names and values tell."""

    def __init__(self, columns: list[Column]) -> None:
        self.columns = {c.name: c for c in columns}
        self.why: dict[str, str] = {}
        """Column → why it is read as it is, or is not."""
        self.of: dict[str, list[Column]] = {}
        """Meaning → columns."""
        self.used: set[str] = set()
        self.code_only = False
        """No column has the name of the party, only its code."""
        self.inside: dict[str, str] = {}
        """Group of persons → what stands in brackets behind their names."""
        self._recognise()

    def _recognise(self) -> None:
        named: dict[str, list[tuple[int, Column]]] = {}
        for column in self.columns.values():
            found = meaning_of(column.name)
            if found is None or not self._fits(column, found[0]):
                continue
            if not found[1]:
                self.why[column.name] = "TODO: by a part of its name, so a guess"
            named.setdefault(found[0], []).append((rank(column.name, found[0]), column))
        for meaning, all_found in named.items():
            best = [column for _, column in sorted(all_found, key=lambda pair: pair[0])]
            if meaning == "profile.region":
                self.of[meaning] = [c for _, c in all_found]
                continue
            self.of[meaning] = best[:1]
            for other in best[1:]:
                self.why[other.name] = f"TODO: {best[0].name} is read for the same already"
        self._by_values()
        self._settle()

    def _fits(self, column: Column, meaning: str) -> bool:
        """Whether the values are not plainly something else."""
        key = meaning.split(".")[1]
        if not column.filled:
            return True
        if meaning in DATE_MEANINGS:
            known = column.forms["dates"] + max(column.dates.values(), default=0)
            if 2 * known < column.filled and not _open_ends(column):
                self.why[column.name] = f"TODO: named like a day, but {column.about}"
                return False
        elif meaning in MONEY_MEANINGS and 2 * column.forms["amounts of money"] < column.filled:
            self.why[column.name] = f"TODO: named like an amount, but {column.about}"
            return False
        elif key in NUMBER_FORMS and NUMBER_FORMS[key] not in ("citizen id numbers",):
            right = column.forms[NUMBER_FORMS[key]]
            other = max((column.forms[form] for form in NUMBER_FORMS.values()), default=0)
            if 2 * right < column.filled and other <= right:
                self.why[column.name] = f"TODO: named like {NUMBER_FORMS[key]}, but {column.about}"
                return key == "uscc" and column.forms["credit codes"] > 0
        return True

    def _by_values(self) -> None:
        """Numbers that no name tells of, and the column of names where none is called so."""
        taken = {c.name for found in self.of.values() for c in found}
        free = [c for c in self.columns.values() if c.name not in taken and left_out(c.name) is None]
        if "subject.uscc" not in self.of and "subject.number" not in self.of:
            for column in free:
                if column.form == "credit codes":
                    self.of["subject.uscc"] = [column]
                    self.why[column.name] = f"TODO: not known by its name; {column.about}"
                    free.remove(column)
                    break
        if "subject.name" not in self.of and "person.name" not in self.of:
            for column in free:
                if column.form == "names of organisations":
                    self.of["subject.name"] = [column]
                    self.why[column.name] = f"TODO: not known by its name; {column.about}"
                    break

    def _settle(self) -> None:
        """Who is the subject, and which kinds of number stand where."""
        self._other_than_the_subject()
        if "subject.name" not in self.of and "person.name" in self.of:
            self.of["subject.name"] = self.of.pop("person.name")
            self.person_only = True
        else:
            self.person_only = False
        number = self.of.get("decision.document_number")
        if number and not number[0].filled:
            self.why[self.of.pop("decision.document_number")[0].name] = "TODO: no number in the first rows"
        if "subject.name" not in self.of:
            column = next(iter(self.columns.values()))
            candidates = (c for c in self.columns.values() if left_out(c.name) is None and meaning_of(c.name) is None)
            column = next(candidates, column)
            for found in self.of.values():
                if column in found:
                    found.remove(column)
            self.of = {meaning: found for meaning, found in self.of.items() if found}
            self.of["subject.name"] = [column]
            self.why[column.name] = "TODO: nothing tells which column names the party; is it this one?"
        if "person.citizen_id" in self.of and "person.name" not in self.of:
            self.of.setdefault("subject.citizen_id", self.of.pop("person.citizen_id"))
            self.of.pop("person.citizen_id", None)
        for key in ("uscc", "reg", "org_code"):
            found = self.of.get(f"subject.{key}")
            if found and found[0].filled:
                column = found[0]
                right = column.forms[NUMBER_FORMS[key]]
                others = sum(column.forms[form] for k, form in NUMBER_FORMS.items() if k != key)
                if others > right * 0.05 and others > 0 and "subject.number" not in self.of:
                    self.of["subject.number"] = self.of.pop(f"subject.{key}")
                    self.why[column.name] = f"numbers of several kinds: told apart by their form ({column.about})"

    def _other_than_the_subject(self) -> None:
        """A bare `name` beside a post or a share is that of the person or holder; the company is known by its code."""
        codes = [m for m in ("subject.uscc", "subject.stock", "subject.number", "subject.reg") if m in self.of]
        called = self.of.get("subject.name")
        if not called or not codes or variants(called[0].name)[0] not in ("name", "名称"):
            return
        for told, group in (("post.post", "person"), ("share.share", "holder")):
            if told in self.of and f"{group}.name" not in self.of:
                self.of[f"{group}.name"] = self.of.pop("subject.name")
                self.of["subject.name"] = self.of[codes[0]]
                self.code_only = True
                return

    def has(self, *meanings: str) -> bool:
        """Whether a column has one of these meanings."""
        return any(m in self.of for m in meanings)

    def use(self, meaning: str) -> Column | None:
        """The column with this meaning, which is read from now on."""
        found = self.of.get(meaning)
        if not found:
            return None
        self.used.update(c.name for c in found)
        return found[0]

    def look_inside(self, group: str) -> None:
        """Whether most of the names have brackets behind them: what stands there gets a name, and is read as a post."""
        found = self.of.get(f"{group}.name")
        if not found or 2 * found[0].bracketed < found[0].filled or not found[0].bracketed:
            return
        name = (re.sub(r"[(（].*", "", found[0].name).strip() or "姓名") + "括号内"
        while name in self.columns or name in self.inside.values():
            name += "文字"
        self.inside[group] = name


def _open_ends(column: Column) -> bool:
    return bool(column.values) and all(is_open(v) for v in column.values)
