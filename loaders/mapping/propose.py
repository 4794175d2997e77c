"""A spreadsheet never seen before → the proposal of a mapping, with comments that say why and what is uncertain.

It finds the line with the names of the columns (`columns.header_line`), and of a workbook the sheet whose columns it knows best.
It looks at these names and at the forms of the values in the first rows. Names decide; values only
confirm (a column called credit code whose values are none), tell forms (day or month first, 元 or 万元), and speak up
where a name is not known. What it does not know it puts under `ignore` with a TODO. Which trigger codes a decision
carries it never says: that is for somebody who knows the law.

Nothing personal goes from the file into the mapping: names of columns, counts and forms, and the values of short code
lists (at most 12 different ones, in a column that is no name, number, date or free text).
"""

import hashlib
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from loaders.mapping.columns import CODE_VALUES, DATE_FORMATS, DIVIDERS, POST_WORDS, Column, Look, look
from loaders.mapping.recognise import DATE_MEANINGS, MONEY_MEANINGS, NUMBER_FORMS, Recognised
from loaders.reading.headers import left_out, variants
from loaders.reading.values import plain
from loaders.sources import SOURCES


@dataclass
class Proposal:
    """A mapping as text, and what to say beside it."""

    text: str
    todo: int
    """How many TODO comments are in it."""
    fits: list[str]
    """Built-in sources that read these columns: then no mapping is needed."""


def propose(path: Path, *, owner: str | None = None, id: str | None = None) -> Proposal:
    """A mapping for a file.

    Raises:
        SourceError: it cannot be read as a table, the names of its columns stand on two lines, or are none.
    """
    seen = look(path)
    builder = _Builder(seen.columns)
    text = builder.build(owner=owner, id=id or _id(path, seen.columns), id_given=id is not None, seen=seen)
    return Proposal(text, text.count("TODO"), seen.fits)


def _id(path: Path, columns: list[Column]) -> str:
    slug = re.sub(r"[^a-z]+", "-", path.stem.lower()).strip("-")
    if len(slug) >= 3 and slug not in SOURCES:
        return slug[:40].strip("-")
    return "table-" + hashlib.blake2b("\x1f".join(c.name for c in columns).encode("utf-8", "replace")).hexdigest()[:6]


# --- words of code lists ---------------------------------------------------------------------------------------

PARTY_WORDS = {
    **dict.fromkeys(
        (
            "法人及非法人组织",
            "法人",
            "非法人组织",
            "其他组织",
            "法人或其他组织",
            "企业",
            "单位",
            "机构",
            "企业法人",
            "组织",
        ),
        "entity",
    ),
    **dict.fromkeys(
        ("事业单位", "社会组织", "公司", "非自然人", "法人股东", "企业股东", "机构股东", "581", "1"), "entity"
    ),
    **dict.fromkeys(("自然人", "个人", "公民", "自然人股东", "个人股东", "580", "0"), "person"),
    **dict.fromkeys(("个体工商户", "个体户", "个体"), "individual_business"),
}


def q(text: str) -> str:
    """A text in YAML: plain where that is safe, else in double quotes."""
    if re.fullmatch(r"[A-Za-z\u4e00-\u9fff][A-Za-z0-9_\u4e00-\u9fff]*([(（][A-Za-z0-9\u4e00-\u9fff]+[)）])?", text):
        return text
    quoted = json.dumps(text, ensure_ascii=False)
    return re.sub(r"[^\x20-\x7e\u00a1-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]", _escaped, quoted)


def _escaped(found: re.Match[str]) -> str:
    return f"\\u{ord(found[0]):04x}"


def comment(text: str) -> str:
    """A text as it can stand in a comment."""
    return re.sub(r"[^\x20-\x7e\u00a1-\u2027\u2030-\ud7ff\ue000-\ufefe\uff00-\ufffd]", " ", text)


class _Builder(Recognised):
    """Puts the parts together; one for each proposal."""

    def __init__(self, columns: list[Column]) -> None:
        super().__init__(columns)
        self.lines: list[str] = []

    # -- cells -----------------------------------------------------------------------------------------------

    def _cell(self, meaning: str) -> tuple[str, str] | None:
        """(the cell in YAML, the comment)"""
        column = self.use(meaning)
        if column is None:
            return None
        why = self.why.get(column.name, "")
        notes = [why] if why else []
        if not column.filled:
            notes.append("empty in the first rows")
        key = meaning.split(".")[1]
        if meaning in DATE_MEANINGS:
            return self._date(column, notes)
        if meaning in MONEY_MEANINGS:
            return self._amount(column, notes)
        if meaning == "share.share":
            return self._share(column, notes)
        if key in NUMBER_FORMS and column.filled:
            right = column.forms[NUMBER_FORMS[key]]
            if right < column.filled:
                notes.append(f"{right} of {column.filled} are valid; rows with another are rejected")
        if meaning == "profile.region" and len(self.of[meaning]) > 1:
            return "{columns: [" + ", ".join(q(c.name) for c in self.of[meaning]) + "]}", "; ".join(notes)
        return q(column.name), "; ".join(notes)

    def _date(self, column: Column, notes: list[str]) -> tuple[str, str]:
        rest = column.filled - column.forms["dates"]
        fitting_formats = [f for f in DATE_FORMATS if column.dates[f]]
        if not rest or not fitting_formats:
            if rest:
                notes.append(f"{column.forms['dates']} of {column.filled} are days")
            return q(column.name), "; ".join(notes)
        most = max(column.dates.values())
        best = [f for f in fitting_formats if column.dates[f] == most]
        if len(best) == 1 and not best[0].startswith("%y"):
            notes.append(f"{most} of {column.filled} have this form")
            return f"{{column: {q(column.name)}, format: {json.dumps(best[0])}}}", "; ".join(notes)
        notes.append(f"TODO: {most} of {column.filled} could be {' or '.join(best)}: say which with `format`")
        return q(column.name), "; ".join(notes)

    def _amount(self, column: Column, notes: list[str]) -> tuple[str, str]:
        unit = unit_of(column.name)
        if unit is not None:
            return f"{{column: {q(column.name)}, unit: {unit}}}", "; ".join([*notes, "unit by the name"])
        if column.forms["whole numbers"] + column.forms["amounts of money"] == 0:
            return q(column.name), "; ".join(notes)
        if column.bare:
            notes.append("TODO: 元 or 万元? the name does not say")
        return f"{{column: {q(column.name)}, unit: 元}}", "; ".join(notes)

    def _share(self, column: Column, notes: list[str]) -> tuple[str, str]:
        values = [plain(v).removesuffix("%") for v in column.values]
        small = [v for v in values if re.fullmatch(r"0?\.\d+|[01](\.0+)?", v)]
        if values and len(small) == len(values) and not column.forms["percentages"]:
            notes.append("TODO: all small: fractions (0.25) or percent?")
            return f"{{column: {q(column.name)}, unit: fraction}}", "; ".join(notes)
        return f"{{column: {q(column.name)}, unit: percent}}", "; ".join(notes)

    # -- text ------------------------------------------------------------------------------------------------

    def put(self, indent: int, text: str, note: str = "") -> None:
        """One line with its comment."""
        self.lines.append("  " * indent + text + (f"  # {comment(note)}" if note else ""))

    def _keys(self, indent: int, group: str, keys: Iterable[str], as_: dict[str, str] | None = None) -> None:
        for key in keys:
            if (cell := self._cell(f"{group}.{key}")) is not None:
                self.put(indent, f"{(as_ or {}).get(key, key)}: {cell[0]}", cell[1])

    def build(self, *, owner: str | None, id: str, id_given: bool, seen: Look) -> str:
        """The whole text."""
        fits = seen.fits
        rows = max((c.rows for c in self.columns.values()), default=0)
        self.put(0, f"# Proposed by `creditgraph mapping new` from {len(self.columns)} columns and {rows} rows.")
        if seen.above:
            self.put(0, f"# The names of the columns were taken from line {seen.line}; what stands above is skipped.")
        if seen.alike or seen.others:
            alike = f"; {'、'.join(seen.alike)} with the same columns load with it" if seen.alike else ""
            others = f"; left out: {'、'.join(seen.others)}" if seen.others else ""
            self.put(0, "# " + comment(f"Sheet {seen.sheet}{alike}{others}."))
        self.put(0, "# Go through every TODO, then: creditgraph mapping check THIS_FILE YOUR_FILE")
        if fits:
            self.put(0, f"# The columns fit the built-in source {' and '.join(fits)}: it needs no mapping.")
        note = "it stays the same for all files of this kind"
        self.put(0, f"id: {id}", note if id_given else f"TODO: a short name of your own; {note}")
        self.put(0, "title: {zh: TODO, en: TODO}", "what the source is called")
        self.put(0, f"owner: {q(owner) if owner else 'TODO'}", "the organ that owns the data")
        self.put(0, "mode: delta", "TODO: snapshot, if each file is the whole list of its day")
        self.put(0, "trust: official", "or self_declared, reference (for reference only)")
        self.put(0, "openness: internal", "or open, on_request")
        self.put(0, "files:")
        self.put(1, "- parties:")
        body = self._body(owner)
        for key in ("owner", "data_date"):
            if (cell := self._cell(f"file.{key}")) is not None:
                self.put(2, f"{key}: {cell[0]}", cell[1])
        self.lines += body
        self._rest()
        return "\n".join(self.lines) + "\n"

    def _body(self, owner: str | None) -> list[str]:
        """Parties go out first; the facts are returned, to stand behind what is about the row."""
        decision = self.has(
            *(
                "decision." + k
                for k in ["document_number", "penalty_kinds", "content", "fine", "decided_on", "since", "act"]
            )
        )
        credential = self.has(*("credential." + k for k in ["document_number", "title", "content", "decided_on"]))
        for group in ("head", "principal", "person", "liable"):
            self.look_inside(group)
        posts = self.has("person.name") and (self._posts() is not None or "person" in self.inside)
        liable = self.has("liable.name") and "liable" in self.inside and not self.person_only
        self._parties(owner, organ=decision or credential, posts=posts, liable=liable)
        head, self.lines = self.lines, []
        self.put(2, "facts:")
        profile = [k for k in self.of if k.startswith("profile.")]
        if decision:
            self._decision()
        if credential:
            self._credential(both=decision)
        if profile or not (decision or credential or posts or self.has("holder.name")):
            self._profile()
        for group, post in (("head", "legal_representative"), ("principal", "principal")):
            if self.has(f"{group}.name") and not self.person_only:
                seen = self._seen()
                self.put(3, "- fact: post")
                self.put(4, f"who: {group}")
                self.put(4, "of: subject")
                self.put(4, f"post: {post}")
                if seen:
                    self.put(4, f"seen: {seen}", "the organ saw him in office on that day")
                self.put(4, "optional: true")
        if posts and self._posts() is not None:
            self._post()
        for group in self.inside:
            if (group != "person" or posts) and (group != "liable" or liable) and not self.person_only:
                self._post_inside(group)
        if liable and decision:
            self._responsible()
        self._ties()
        facts, self.lines = self.lines, head
        return facts

    def _profile(self) -> None:
        self.put(3, "- fact: profile")
        self.put(4, "of: subject")
        self._keys(
            4,
            "profile",
            ["legal_form", "status", "established_on", "capital", "region", "industry", "business_scope"],
        )
        self._keys(4, "profile", ["former_names"])

    def _ties(self) -> None:
        """Owners, the company behind a branch, the address."""
        if self.has("holder.name"):
            self.put(3, "- fact: shareholding")
            self.put(4, "who: holder")
            self.put(4, "of: subject")
            self._keys(4, "share", ["share", "since", "until"])
        if self.has("parent.name"):
            self.put(3, "- fact: branch")
            self.put(4, "who: subject")
            self.put(4, "of: parent")
            self.put(4, "optional: true")
        if self.has("address.text") and not self.person_only:
            self.put(3, "- fact: address")
            self.put(4, "of: subject")
            self._keys(4, "address", ["text"])
            self.put(4, "optional: true")

    # -- parties ---------------------------------------------------------------------------------------------

    def _parties(self, owner: str | None, *, organ: bool, posts: bool, liable: bool) -> None:
        self.put(3, "subject:")
        self._is("subject")
        self._keys(4, "subject", ["name"])
        self._keys(4, "subject", ["uscc", "reg", "org_code", "number", "stock"] if not self.person_only else [])
        self._keys(4, "subject", ["citizen_id"])
        if organ:
            self.put(3, "organ:")
            self.put(4, "is: organ")
            if self.has("organ.name"):
                self._keys(4, "organ", ["name", "uscc"])
            else:
                name = q(owner) if owner else "TODO"
                self.put(4, f"name: {{constant: {name}}}", "no column names the organ that decided: is it the owner?")
        for group in ("head", "principal"):
            if self.has(f"{group}.name") and not self.person_only:
                self._person(group)
        if posts:
            self._person("person")
        if liable:
            self._person("liable")
        if self.has("holder.name"):
            self.put(3, "holder:")
            self._is("holder")
            self._keys(4, "holder", ["name", "number"])
            self.put(4, "at: subject")
        if self.has("parent.name"):
            self.put(3, "parent:")
            self.put(4, "is: entity")
            self._keys(4, "parent", ["name", "uscc"])

    def _person(self, group: str) -> None:
        self.put(3, f"{group}:")
        self.put(4, "is: person")
        self._keys(4, group, ["name", "citizen_id"])
        self.put(4, "at: subject", "without a number he is known at this party only")
        column = self.of[f"{group}.name"][0]
        dividers = "".join(c for c in DIVIDERS if column.several[c])
        if dividers and not self.has(f"{group}.citizen_id"):
            self.put(4, f"split: {q(dividers)}", "several persons in one cell")
        elif dividers:
            self.put(4, "# split:", "TODO: some cells name several persons, who cannot share one number")
        if group in self.inside:
            self.put(
                4,
                f"brackets: {q(self.inside[group])}",
                f"{column.bracketed} of {column.filled} are like 张三（总经理）",
            )

    def _post_inside(self, group: str) -> None:
        """The post in the brackets, at the party of the row."""
        column, name = self.of[f"{group}.name"][0], q(self.inside[group])
        known = {word: POST_WORDS[word] for word in sorted(column.inside) if word}
        self.put(3, "- fact: post")
        self.put(4, f"who: {group}")
        self.put(4, "of: subject")
        self.put(4, "post:")
        self.put(5, f"column: {name}")
        self.put(5, "codes:")
        for word, code in known.items() or (("TODO", "director"),):
            self.put(6, f"{q(word)}: {code}")
        n = column.inside[""]
        self.put(5, "unknown: reject", f"TODO: words in brackets that are not mapped yet: {n}" if n else "")
        self.put(4, f"stated: {name}")
        if seen := self._seen():
            self.put(4, f"seen: {seen}", "the organ saw him in office on that day")
        self.put(4, "optional: true")

    def _seen(self) -> str | None:
        days = ("decision.decided_on", "decision.since", "credential.decided_on")
        return next((cell[0] for m in days if (cell := self._cell(m))), None)

    def _responsible(self) -> None:
        """Who is liable, and as what, is for somebody who knows the decision: never said by the program."""
        cell = self._cell("decision.document_number")
        note = (
            "TODO: only where the decision itself finds them liable: as DRM 直接负责的主管人员 or DRP 其他直接责任人员"
        )
        self.put(3, "# - fact: responsible", note)
        self.put(3, "#   who: liable")
        self.put(3, "#   on: subject")
        self.put(3, "#   by: organ")
        self.put(3, f"#   document_number: {cell[0] if cell else 'COLUMN'}")
        self.put(
            3, "#   capacity: DRM", f"or, by what is in the brackets, {{column: {self.inside['liable']}, codes: {{…}}}}"
        )
        self.put(3, "#   basis: named", "or finding, ordered")
        self.put(3, "#   optional: true")

    def _is(self, group: str) -> None:
        """Whether a party is an entity or a person: by a column, else by what the names look like."""
        column = self.use(f"{group}.is")
        names = self.of[f"{group}.name"][0]
        numbered = group == "holder" or self.has("subject.citizen_id", "subject.number")
        if column is not None:
            known = {v: PARTY_WORDS[v] for v in column.codes if v in PARTY_WORDS}
            if not numbered:
                known = {v: kind for v, kind in known.items() if kind != "person"}
            if known:
                self._code_list("is", column, known)
                return
            self.put(4, "is: entity", f"TODO: {column.name} tells, but its values are not known here ({column.about})")
            self.used.discard(column.name)
            return
        if self.person_only:
            if self.has("subject.citizen_id"):
                self.put(4, "is: person")
            else:
                self.put(
                    4, "is: entity", "TODO: persons? Then a citizen id number is needed: nobody is known by name alone"
                )
            return
        if group == "holder":
            self.put(4, "is: entity", "TODO: persons among them? A column that tells is needed, as `is: {column: …}`")
            return
        if self.code_only:
            self.put(4, "is: entity", "its name is not given, so its code stands for it")
            return
        plainly = names.forms["names of organisations"]
        note = (
            ""
            if plainly == names.filled
            else f"TODO: {names.filled - plainly} of {names.filled} names have no usual form of an organisation: persons?"
        )
        self.put(4, "is: entity", note)

    def _code_list(self, key: str, column: Column, known: dict[str, str]) -> None:
        others = [v for v in column.codes if v not in known]
        self.put(4, f"{key}:", self.why.get(column.name, ""))
        self.put(5, f"column: {q(column.name)}")
        self.put(5, "codes:")
        for value, code in known.items():
            self.put(6, f"{q(value)}: {code}")
        note = f"TODO: not mapped yet: {'、'.join(others)}" if others else ""
        if not others and len(column.values) > CODE_VALUES:
            note = "TODO: the column has more values than these"
        self.put(5, "unknown: reject", note)

    # -- facts -----------------------------------------------------------------------------------------------

    def _document_number(self, group: str, days: list[str]) -> None:
        if (cell := self._cell(f"{group}.document_number")) is not None:
            column = self.of[f"{group}.document_number"][0]
            missing = column.rows - column.filled
            notes = [cell[1]] if cell[1] else []
            if missing and column.filled:
                notes.append(f"TODO: {missing} of {column.rows} rows have none and would be rejected")
            self.put(4, f"document_number: {cell[0]}", "; ".join(notes))
            return
        named = [self.of[m][0] for m in (f"{group}.title", *(f"{group}.{d}" for d in days)) if m in self.of][:2]
        if named:
            columns = ", ".join(q(c.name) for c in named)
            self.put(4, f"document_number: {{columns: [{columns}]}}", "TODO: no column has a number; these tell apart?")
        else:
            self.put(4, "document_number: {constant: TODO}", "no column has a number: name the list or the decision")

    def _decision(self) -> None:
        listing = self.has("decision.since")
        order = any(
            form in ("案号", "执行案号", "casecode")
            for c in self.of.get("decision.document_number", [])
            for form in variants(c.name)
        )
        kind = "list_entry" if listing else "court_order" if order else "penalty"
        self.put(3, "- fact: sanction")
        self.put(4, "on: subject")
        self.put(4, "by: organ")
        self.put(
            4,
            f"kind: {kind}",
            ""
            if kind == "penalty" and self.has("decision.fine", "decision.penalty_kinds")
            else "TODO: or penalty, list_entry, court_order, decision, judgment, rating",
        )
        self._document_number("decision", ["since", "decided_on", "published_on", "content"])
        self._triggers(listing)
        self._keys(
            4,
            "decision",
            [
                "title",
                "penalty_kinds",
                "act",
                "facts_found",
                "basis_stated",
                "content",
                "fine",
                "confiscated",
                "amount",
            ],
        )
        self._keys(4, "decision", ["certificates", "act_on", "decided_on", "since"])
        if not self.has("decision.decided_on", "decision.since"):
            self.put(
                4, "# since: COLUMN", "TODO: no day of the decision was found; without one it is unknown when it holds"
            )
        if self.has("decision.until"):
            self._keys(4, "decision", ["until"])
            if self.has("decision.last_day"):
                self.why[self.of["decision.last_day"][0].name] = "TODO: until is read already; which of them is it?"
        else:
            self._keys(4, "decision", ["last_day"])
        self._keys(4, "decision", ["published_on", "publish_last_day", "repair_conditions"])
        self._severity()

    def _triggers(self, listing: bool) -> None:
        if listing:
            self.put(4, "# triggers: [LIST-04]", "TODO: which list is it? Without a code no rule follows from it")
            return
        kinds = self.of.get("decision.penalty_kinds") or self.of.get("decision.content")
        name = q(kinds[0].name) if kinds else "COLUMN"
        self.put(
            4,
            f"# triggers: {{column: {name}, codes: {{吊销营业执照: REVOKE_BUSINESS_LICENCE}}, unknown: ignore}}",
            "TODO: only where the words say just that; without a code no rule follows",
        )

    def _severity(self) -> None:
        if (column := self.use("decision.severity")) is None:
            return
        words = {"轻微": "minor", "一般": "general", "严重": "serious"}
        known = {v: w for v, w in words.items() if v in column.values}
        if known:
            self._code_list("severity", column, known)
        else:
            self.used.discard(column.name)

    def _credential(self, *, both: bool) -> None:
        self.put(3, "- fact: credential", "TODO: is a row a decision and a credential?" if both else "")
        self.put(4, "of: subject")
        self.put(4, "by: organ")
        titles = "".join(c.name for c in self.of.get("credential.title", []))
        grade = any(
            re.search("等级|级别|评级|grade|rating", c.name, re.I) for c in self.of.get("credential.content", [])
        )
        kind = "honour" if re.search("荣誉|称号|奖", titles) else "grade" if grade else "licence"
        self.put(4, f"kind: {kind}", "TODO: or licence, honour, red_list, grade, commitment")
        self._document_number("credential", ["content", "decided_on", "since"])
        self._keys(
            4, "credential", ["title", "content", "certificate_number", "decided_on", "since", "last_day", "state"]
        )

    def _posts(self) -> Column | None:
        return next(iter(self.of.get("post.post", ())), None)

    def _post(self) -> None:
        column = self.use("post.post")
        assert column is not None
        self.put(3, "- fact: post")
        self.put(4, "who: person")
        self.put(4, "of: subject")
        known = {v: POST_WORDS[v] for v in column.values if v in POST_WORDS}
        self._code_list("post", column, known or {"TODO": "director"})
        self.put(4, f"stated: {q(column.name)}")
        self._keys(4, "post", ["since", "until"])

    # -- the rest --------------------------------------------------------------------------------------------

    def _rest(self) -> None:
        if lacking := [c.name for c in self.columns.values() if c.name in self.used and c.present < c.rows]:
            self.put(2, f"may_lack: [{', '.join(map(q, lacking))}]", "fields that some records leave out")
        left = [c for c in self.columns.values() if c.name not in self.used]
        if left:
            self.put(2, "ignore:")
        for column in left:
            why = left_out(column.name)
            if self.of.get("liable.name") == [column]:
                why = "TODO: persons liable? `responsible` states it, only where the decision finds them so"
            if why is None:
                why = self.why.get(column.name) or f"TODO: not recognised; {column.about}"
                why = why if why.startswith("TODO") else f"TODO: {why}"
            self.put(3, f"- {q(column.name)}", why)


def unit_of(header: str) -> str | None:
    """The unit of money that a name tells: 罚款金额(万元), 金额/元."""
    text = "".join(variants(header)[:1])
    if re.search(r"万元|\(万\)|（万）", text):
        return "万元"
    return "元" if re.search(r"元", text.replace("美元", "").replace("单元", "")) else None
