"""Archives: every file in a zip is read as a file of its own, whatever its name says and however it was packed."""

from __future__ import annotations

import hashlib
import io
import struct
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path

import pytest

from builders_workbook import packed, xlsx_parts
from making import criterion, scheme, scheme_text
from starcheck.cells import Limits
from starcheck.diagnostic import Diagnostic
from starcheck.inbox import Inbox, Vocabulary, read_inbox
from starcheck.packages import overlapping

BY = scheme(scheme_text({"星": ("全部", [criterion("X", "至少: 5", "数值", "单位: 万元")])}))
LEDGER = "乡镇,村名,X\n河乡,甲村,5\n"


def zipped(members: Mapping[str, str | bytes], *, flags: int | None = None) -> bytes:
    """A zip of these members. ``flags`` overwrite those of every member."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return stream.getvalue() if flags is None else flagged(stream.getvalue(), flags)


def flagged(data: bytes, flags: int) -> bytes:
    """The same archive with other general purpose flags."""
    changed = bytearray(data)
    for mark, place in ((b"PK\x01\x02", 8), (b"PK\x03\x04", 6)):
        at = data.find(mark)
        while at >= 0:
            changed[at + place : at + place + 2] = struct.pack("<H", flags)
            at = data.find(mark, at + 4)
    return bytes(changed)


def named(raw: bytes, content: str = LEDGER, extra: bytes = b"") -> bytes:
    """A zip whose one member has a name of these bytes, and does not say in which encoding."""
    info = zipfile.ZipInfo("x" * len(raw))
    info.extra = extra
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr(info, content)
    return stream.getvalue().replace(b"x" * len(raw), raw)


def read(folder: Path, data: bytes, *, name: str = "包.zip", limits: Limits | None = None) -> Inbox:
    """What comes of an archive."""
    path = folder / name
    path.write_bytes(data)
    return read_inbox([path], Vocabulary.of(BY), limits=limits)[0]


def statuses(inbox: Inbox) -> dict[str, str]:
    """Each file and what became of it."""
    return {file.file: file.status for file in inbox.files}


def said(inbox: Inbox) -> list[tuple[str, str | None]]:
    """Codes with their files, notes about encodings and names aside."""
    return [(found.code, found.where.file) for found in inbox.diagnostics if found.code not in {"F114", "F115"}]


def check(found: Diagnostic) -> None:
    """It can be said in both languages."""
    assert found.message("zh")
    assert found.message("en")


def test_members_are_files(tmp_path: Path) -> None:
    """Each member is a file with its own name, digest and tables, whatever format it has; folders are part of it."""
    parts = xlsx_parts(
        '<row r="1"><c r="A1" t="str"><v>村名</v></c><c r="B1" t="str"><v>X</v></c></row>'
        '<row r="2"><c r="A2" t="str"><v>甲村</v></c><c r="B2"><v>5</v></c></row>'
    )
    book = packed(parts, tmp_path / "a.xlsx").read_bytes()
    page = "<table><tr><td>村名<td>X<tr><td>乙村<td>6</table>"
    inbox = read(tmp_path, zipped({"马庄桥镇.xlsx": book, "二/河乡.csv": LEDGER, "二/": "", "山乡.xls": page}))

    assert {"包.zip/马庄桥镇.xlsx": "read", "包.zip/二/河乡.csv": "read", "包.zip/山乡.xls": "read"} == statuses(inbox)
    assert [1, 1, 1] == [len(file.tables) for file in inbox.files]
    assert hashlib.sha256(book).hexdigest() == inbox.files[0].sha256
    assert ("包.zip/二/河乡.csv", "B2") == (
        inbox.files[1].tables[0].sheet.file,
        inbox.files[1].tables[0].sheet.address(1, 1),
    )
    assert [] == said(inbox)


def test_an_archive_is_known_by_its_content(tmp_path: Path) -> None:
    """A zip named xlsx is opened, and so is one in a folder."""
    assert {"包.xlsx/a.csv": "read"} == statuses(read(tmp_path, zipped({"a.csv": LEDGER}), name="包.xlsx"))
    (tmp_path / "夹").mkdir()
    (tmp_path / "夹" / "包.zip").write_bytes(zipped({"a.csv": LEDGER}))

    assert {"包.zip/a.csv": "read"} == statuses(read_inbox([tmp_path / "夹"], Vocabulary.of(BY))[0])


def test_one_bad_member(tmp_path: Path) -> None:
    """What cannot be read in an archive is said of that member, and the others are read."""
    inbox = read(tmp_path, zipped({"a.csv": LEDGER, "b.xlsx": b"%PDF-1.7", "c.csv": ""}))

    assert {"包.zip/a.csv": "read", "包.zip/b.xlsx": "unreadable", "包.zip/c.csv": "unreadable"} == statuses(inbox)
    assert [("F119", "包.zip/b.xlsx"), ("F104", "包.zip/c.csv")] == said(inbox)
    assert inbox.unread


def test_what_is_skipped(tmp_path: Path) -> None:
    """What the computer put there, lock files, documents and links are skipped, each with a note F136."""
    data = zipped(
        {
            "a.csv": LEDGER,
            "__MACOSX/._a.csv": b"\0\5\x16\7",
            ".DS_Store": b"\0",
            "~$a.xlsx": b"\1c",
            "说明.docx": b"PK",
            "照片.JPG": b"\xff\xd8\xff",
            "请先看.txt": "请各乡镇按时报送",
            "设置.xml": "<设置/>",
        }
    )
    link = zipfile.ZipInfo("链接.csv")
    link.external_attr = 0o120777 << 16
    stream = io.BytesIO(data)
    with zipfile.ZipFile(stream, "a") as archive:
        archive.writestr(link, "/etc/passwd")
    inbox = read(tmp_path, stream.getvalue())

    assert ["read", *["skipped"] * 8] == list(statuses(inbox).values())
    assert ["F136"] * 8 == [code for code, _ in said(inbox)]


def test_xml_in_an_archive(tmp_path: Path) -> None:
    """An XML file is looked at if it is a spreadsheet."""
    space = "urn:schemas-microsoft-com:office:spreadsheet"
    cells = "".join(f'<Cell><Data ss:Type="String">{cell}</Data></Cell>' for cell in ("村名", "X"))
    book = f'<?xml version="1.0"?><Workbook xmlns="{space}" xmlns:ss="{space}"><Worksheet ss:Name="6月"><Table><Row>'
    inbox = read(tmp_path, zipped({"台账.xml": f"{book}{cells}</Row></Table></Worksheet></Workbook>"}))

    assert {"包.zip/台账.xml": "read"} == statuses(inbox)


def test_archive_without_a_ledger(tmp_path: Path) -> None:
    """An archive in which nothing is a spreadsheet is F108; an empty one is F104."""
    inbox = read(tmp_path, zipped({"说明.docx": "x"}))

    assert [("F136", "包.zip/说明.docx"), ("F108", "包.zip")] == said(inbox)
    assert inbox.unread
    assert [("F104", "包.zip")] == said(read(tmp_path, zipped({})))


@pytest.mark.parametrize("codec", ["gb18030", "utf-8"])
def test_names_in_chinese(tmp_path: Path, codec: str) -> None:
    """Names in GB18030 or UTF-8 that do not say so come out as they were, not as ╬╥."""
    assert {"包.zip/清丰县/马庄桥镇.csv": "read"} == statuses(
        read(tmp_path, named("清丰县/马庄桥镇.csv".encode(codec)))
    )


@pytest.mark.parametrize(("belongs", "shown"), [(True, "孟村.csv"), (False, "甲村.csv")])
def test_names_in_a_field_of_their_own(tmp_path: Path, belongs: bool, shown: str) -> None:
    """A name in UTF-8 beside the other is believed if it belongs to it."""
    raw = "甲村.csv".encode("gb18030")
    field = struct.pack("<BI", 1, zlib.crc32(raw) if belongs else 0) + "孟村.csv".encode()
    extra = struct.pack("<HH", 0x9999, 0) + struct.pack("<HH", 0x7075, len(field)) + field

    assert {f"包.zip/{shown}": "read"} == statuses(read(tmp_path, named(raw, extra=extra)))


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("../../etc/甲.csv", "etc/甲.csv"),
        ("/root/甲.csv", "root/甲.csv"),
        ("C:\\Windows\\甲.csv", "Windows/甲.csv"),
        ("..\\..\\甲.csv", "甲.csv"),
        ("\\\\server\\甲.csv", "server/甲.csv"),
        ("甲\x1b[31m.csv", "甲�[31m.csv"),
        ("甲\u202evsc.csv", "甲�vsc.csv"),
    ],
)
def test_names_that_lead_elsewhere(tmp_path: Path, written: str, shown: str) -> None:
    """A name is never used as a path: it is cut down, the file is read, and F137 says so. Nothing is written."""
    before = {path.name for path in tmp_path.rglob("*")}
    inbox = read(tmp_path, zipped({written: LEDGER}))

    assert {f"包.zip/{shown}": "read"} == statuses(inbox)
    assert [("F137", f"包.zip/{shown}")] == said(inbox)
    assert before | {"包.zip"} == {path.name for path in tmp_path.rglob("*")}
    check(inbox.diagnostics[0])


def test_backslashes_are_folders(tmp_path: Path) -> None:
    """Old Windows programs write them; there is nothing wrong with that."""
    inbox = read(tmp_path, zipped({"台账\\甲.csv": LEDGER}))

    assert ({"包.zip/台账/甲.csv": "read"}, []) == (statuses(inbox), said(inbox))


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_two_members_of_one_name(tmp_path: Path) -> None:
    """Both are read, under names that differ."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("a.csv", LEDGER)
        archive.writestr("a.csv", LEDGER.replace("甲", "乙"))

    assert {"包.zip/a.csv": "read", "包.zip/a（2）.csv": "read"} == statuses(read(tmp_path, stream.getvalue()))


def test_archives_in_an_archive(tmp_path: Path) -> None:
    """One level is opened; the one below it is F134."""
    inner = zipped({"a.csv": LEDGER, "深.zip": zipped({"b.csv": LEDGER})})
    inbox = read(tmp_path, zipped({"河乡.zip": inner, "c.csv": LEDGER}))

    assert {
        "包.zip/河乡.zip/a.csv": "read",
        "包.zip/河乡.zip/深.zip": "unreadable",
        "包.zip/c.csv": "read",
    } == statuses(inbox)
    assert [("F134", "包.zip/河乡.zip/深.zip")] == said(inbox)
    check(inbox.diagnostics[0])


def test_encrypted_archive(tmp_path: Path) -> None:
    """F129, of the archive where all its members need the password."""
    data = zipped({"a.csv": LEDGER, "b.csv": LEDGER}, flags=1)

    assert [("F129", "包.zip")] == said(read(tmp_path, data))
    assert [("F129", "包.zip/内.zip")] == said(read(tmp_path, zipped({"内.zip": data})))
    mixed = bytearray(zipped({"a.csv": LEDGER, "b.csv": LEDGER}))
    mixed[mixed.find(b"PK\x01\x02") + 8] |= 1
    assert [("F129", "包.zip/a.csv")] == said(read(tmp_path, bytes(mixed)))


def test_damaged_archive(tmp_path: Path) -> None:
    """An archive cut short is F106; one damaged member is F106 of that member."""
    data = zipped({"a.csv": LEDGER * 50, "b.csv": LEDGER})
    broken = bytearray(data)
    broken[40:48] = b"\xff" * 8

    assert [("F106", "包.zip")] == said(read(tmp_path, data[: len(data) // 2]))
    inbox = read(tmp_path, bytes(broken))
    assert [("F106", "包.zip/a.csv")] == said(inbox)
    assert {"包.zip/a.csv": "unreadable", "包.zip/b.csv": "read"} == statuses(inbox)


def test_bombs(tmp_path: Path) -> None:
    """Too large unpacked, too many members, members that share bytes, sizes that lie: each refused before it grows."""
    blank = zipped({"a.csv": b" " * (20 << 20)})
    many = zipped({f"{n}.csv": LEDGER for n in range(30)})
    lying = zipped({"a.csv": " " * 100_000}).replace((100_000).to_bytes(4, "little"), (100).to_bytes(4, "little"))
    nested = zipped({f"{n}.zip": many for n in range(3)})

    assert [("F131", "包.zip")] == said(read(tmp_path, blank))
    assert [("F134", "包.zip")] == said(read(tmp_path, many, limits=Limits(members=29)))
    assert [("F106", "包.zip/a.csv")] == said(read(tmp_path, lying))
    assert ("F134", "包.zip/2.zip") in said(read(tmp_path, nested, limits=Limits(members=80)))
    assert [("F112", "包.zip")] == said(read(tmp_path, many, limits=Limits(unpacked_bytes=10 * len(many) // 30)))


def test_members_that_overlap(tmp_path: Path) -> None:
    """Entries that point at the same bytes are a bomb."""
    data = bytearray(zipped({"a.csv": LEDGER * 9, "b.csv": LEDGER * 9}))
    second = data.find(b"PK\x01\x02", data.find(b"PK\x01\x02") + 4)
    data[second + 42 : second + 46] = bytes(4)

    assert [("F131", "包.zip")] == said(read(tmp_path, bytes(data)))
    with zipfile.ZipFile(io.BytesIO(bytes(data))) as archive:
        assert overlapping(archive.infolist())


def test_archive_that_contains_itself(tmp_path: Path) -> None:
    """A zip in a zip in a zip ends at the second level, however long it could go on."""
    data = zipped({"a.csv": LEDGER})
    for _ in range(20):
        data = zipped({"r.zip": data, "a.csv": LEDGER})
    inbox = read(tmp_path, data)

    assert [("F134", "包.zip/r.zip/r.zip")] == said(inbox)
    assert 2 == list(statuses(inbox).values()).count("read")
