"""Which encoding a text is in: by marks, by strict decoding, by what it says of itself, and by the headers in it.

A short text in Big5 often decodes as GB18030 too. What a person would look at decides: whether the characters are
common ones, and whether the known names of columns come out.
"""

from __future__ import annotations

import codecs
import re
import unicodedata
from collections import Counter
from dataclasses import dataclass
from functools import cache
from itertools import pairwise

from starcheck.cells import Refused
from starcheck.diagnostic import Text

_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig", "UTF-8"),
    (codecs.BOM_UTF16_LE, "utf-16", "UTF-16"),
    (codecs.BOM_UTF16_BE, "utf-16", "UTF-16"),
)
_SAMPLE = 1 << 20


@dataclass(frozen=True, slots=True)
class Decoding:
    """The codec of a text, the name people know it by, and why it is that one; None where it needs no reason."""

    codec: str
    name: str
    evidence: Text | None = None


def utf16_without_mark(sample: bytes) -> str | None:
    """The byte order in which a sample with NUL bytes reads as text of Chinese and ASCII, None if in neither."""
    sample = sample[: len(sample) // 2 * 2]
    for encoding in ("utf-16-le", "utf-16-be"):
        text = sample.decode(encoding, "replace")
        plain = sum(
            (c < "\x7f" and (c >= " " or c in "\r\n\t")) or "\u3000" <= c <= "\u9fff" or c >= "\uff00" for c in text
        )
        if text and plain - text.count("\ufffd") > 0.95 * len(text):
            return encoding
    return None


@cache
def _common(codec: str, first: int, last: int, trail: tuple[range, ...]) -> frozenset[str]:
    codes = bytes(byte for high in range(first, last) for part in trail for low in part for byte in (high, low))
    return frozenset(codes.decode(codec, "ignore"))


def _common_simplified() -> frozenset[str]:
    """Level 1 of GB2312: the 3,755 characters that make up nearly all of any real Chinese text."""
    return _common("gb2312", 0xB0, 0xD8, (range(0xA1, 0xFF),))


def _common_traditional() -> frozenset[str]:
    """Level 1 of Big5: the 5,401 characters that make up nearly all of any text in traditional characters."""
    return _common("cp950", 0xA4, 0xC7, (range(0x40, 0x7F), range(0xA1, 0xFF)))


_EASTERN = {"gb18030": _common_simplified, "cp950": _common_traditional, "big5hkscs": _common_traditional}


def _plausible(text: str, common: frozenset[str]) -> tuple[bool, float]:
    """Whether a text reads like Chinese, and the share of common ones among its characters."""
    counts = Counter(text)
    chinese = sum(count for char, count in counts.items() if "\u3400" <= char <= "\u9fff" or char >= "\U00020000")
    private = sum(count for char, count in counts.items() if "\ue000" <= char <= "\uf8ff")
    usual = sum(count for char, count in counts.items() if char in common)
    share = usual / chinese if chinese else 1.0
    return private <= 0.005 * (chinese + private) and share >= 0.8, share  # noqa: PLR2004


def _squeezed(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).lower().split())


_TRADITIONAL = str.maketrans(
    "鄉鎮縣莊區務會員數農產業經濟綠衛環廁戶貧勞動黨總聯絡電話稱編號備註類別擁積單純潔當選後應時間層級鐵馬東關設說書記進覽專隊"
    "長築實際運營場優質養護橋體檢圖確權穩齊規範達標雜處覺開發報與資圓機構無線網萬億畝頃歲門車樹葉龍鳳為織組學醫險參點訓導違紀"
    "災氣淨汙眾滿額償債繳稅幫帶創雲遊",
    "乡镇县庄区务会员数农产业经济绿卫环厕户贫劳动党总联络电话称编号备注类别拥积单纯洁当选后应时间层级铁马东关设说书记进览专队"
    "长筑实际运营场优质养护桥体检图确权稳齐规范达标杂处觉开发报与资圆机构无线网万亿亩顷岁门车树叶龙凤为织组学医险参点训导违纪"
    "灾气净污众满额偿债缴税帮带创云游",
)
"""Traditional to simplified, the characters of headers: enough to recognise a name, never used on a value."""


def _witnesses(text: str, known: frozenset[str]) -> int:
    """How many of the known names stand in the beginning of a text, in either script."""
    head = _squeezed(text[:20_000])
    both = [head] if (simplified := head.translate(_TRADITIONAL)) == head else [head, simplified]
    # most names stand nowhere, and few of those begin with two characters that stand together
    begin = {first + second for one in both for first, second in pairwise(one)}
    return sum(name[:2] in begin and any(name in one for one in both) for name in known)


def decide(data: bytes, known: frozenset[str], *, utf8: bool | None = None, declared: str | None = None) -> Decoding:
    """The encoding of a text. ``utf8``: whether the whole is valid UTF-8, where that is known already.

    ``declared`` is what the text says of itself (a web page, an XML file). Raises ``Refused`` (F116) where no
    encoding makes sense.
    """
    if utf8 is None:
        utf8 = _is_utf8(data)
    for mark, codec, name in _BOMS:
        if data.startswith(mark):
            if name == "UTF-8" and not utf8:
                raise _not_utf8(data)
            evidence = ("文件开头有标记", "the mark at its beginning") if name != "UTF-8" else None
            return Decoding(codec, name, evidence)
    sample = data[:_SAMPLE]
    if b"\0" in sample:
        order = utf16_without_mark(sample[:4096])
        if order is None:
            raise Refused("F116", reason=("里面有二进制内容", "there are bytes of zero in it"))
        return Decoding(order, "UTF-16", ("字节两两成字", "its bytes pair up to characters"))
    if utf8:
        return Decoding("utf-8", "UTF-8")
    named = _declared(sample, declared)
    found = named if named is not None and named.codec in _EASTERN else _chinese(sample, known) or named
    if found is None:
        raise _not_utf8(data)
    return found


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _read_as(codec: str, sample: bytes) -> str:
    return codecs.getincrementaldecoder(codec)("replace").decode(sample)


def _declared(sample: bytes, declared: str | None) -> Decoding | None:
    """The encoding a text names itself, if it decodes so and reads like text; a page that lies is not believed."""
    if not declared:
        return None
    name = declared.strip().lower()
    codec = {"gb2312": "gb18030", "gbk": "gb18030", "gb_2312-80": "gb18030", "big5": "cp950"}.get(name, name)
    try:
        text = _read_as(codec, sample)
    except (LookupError, ValueError):
        return None
    if "\ufffd" in text or codec.startswith(("utf-8", "utf_8", "utf8")):
        return None
    if codec in _EASTERN and not _plausible(text, _EASTERN[codec]())[0]:
        return None
    return Decoding(codec, declared.strip().upper(), ("文件自己写明", "it says so itself"))


def _chinese(sample: bytes, known: frozenset[str]) -> Decoding | None:
    """GB18030 or Big5: whichever decodes and reads like Chinese; where both do, the known headers are the witness."""
    simplified, traditional = _read_as("gb18030", sample), _read_as("cp950", sample)
    gb, share = _plausible(simplified, _common_simplified())
    gb = gb and "\ufffd" not in simplified
    if gb and "\ufffd" in traditional:
        return Decoding("gb18030", "GB18030", _evidence(share, _witnesses(simplified, known), "Big5", None))
    big5, big5_share = _plausible(traditional, _common_traditional())
    big5 = big5 and "\ufffd" not in traditional
    gb_seen, big5_seen = _witnesses(simplified, known), _witnesses(traditional, known)
    if big5 and big5_seen > gb_seen:
        return Decoding("cp950", "Big5", _evidence(big5_share, big5_seen, "GB18030", gb_seen if gb else None))
    if gb and not (big5 and not gb_seen and big5_share > share):
        return Decoding("gb18030", "GB18030", _evidence(share, gb_seen, "Big5", big5_seen if big5 else None))
    if "\ufffd" not in traditional and big5_seen > max(1, gb_seen):
        return Decoding("cp950", "Big5", _evidence(big5_share, big5_seen, "GB18030", None))
    return None


def _evidence(share: float, seen: int, other: str, other_seen: int | None) -> Text:
    """Why an encoding was chosen; ``other_seen`` is None where the other one does not decode or reads like noise."""
    zh = f"不是 UTF-8；{share:.0%} 的汉字是常用字，认出列名 {seen} 个"
    en = f"not UTF-8; {share:.0%} of its Chinese characters are common ones, {seen} headers known"
    if other_seen is not None:
        zh += f"，按 {other} 读只认出 {other_seen} 个" if other_seen < seen else f"；按 {other} 读也通"
        en += f" against {other_seen} as {other}"
    return zh, en


def _not_utf8(data: bytes) -> Refused:
    """Why a text is in no encoding that is known: in UTF-8 but for a few bytes, or in none at all."""
    bad: list[int] = []
    position = 0
    while len(bad) < 20:  # noqa: PLR2004 - more than a few broken bytes are another encoding
        try:
            data[position:].decode("utf-8")
            break
        except UnicodeDecodeError as error:
            bad.append(position + error.start)
            position += error.end
    text = data[:_SAMPLE].decode("utf-8", "ignore")
    chinese = len(re.findall(r"[\u3000-\u9fff]", text))
    if bad and (len(bad) < max(2, chinese // 10) or data.startswith(codecs.BOM_UTF8)):
        line = data.count(b"\n", 0, bad[0]) + 1
        byte = f"0x{data[bad[0]]:02X}"
        return Refused(
            "F116",
            reason=(
                f"是 UTF-8，但第 {line} 行有坏字节（{byte}）",
                f"it is UTF-8 but for a broken byte ({byte}) in line {line}",
            ),
        )
    return Refused(
        "F116",
        reason=("UTF-8 不合法，按 GB18030 读是乱码", "not UTF-8, and nonsense as GB18030"),
    )
