"""Numbers of private persons in a text: identity cards, mobile telephones, bank cards. Found, and masked.

What is found is proved as far as the number allows: an identity card by its birthday (with a wrong check digit it is
somebody's, mistyped, unless it is right as the code of an organisation), a bank card by its issuer's digits and Luhn's
sum, a mobile number by its length, beginning and grouping. Codes of places and organisations, landlines, amounts and
dates are none of these.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from enum import Enum
from itertools import accumulate


class Private(Enum):
    """What a private number is; the value is its name in both languages."""

    ID_CARD = ("身份证号", "an identity card number")
    MISTYPED_ID_CARD = ("疑似身份证号", "what may be an identity card number")
    MOBILE = ("手机号", "a mobile number")
    BANK_CARD = ("银行卡号", "a bank card number")


SHORTEST = 11
"""Digits of the shortest private number."""

_GAP = r"[ \t\u3000\xa0\-－—–‐‑―]{0,3}"
_RUN = re.compile(rf"\d(?:{_GAP}\d){{{SHORTEST - 1},}}")
_LIKELY = re.compile(
    rf"(?<!\d)(?:[0０]|(?:[0０]{{2}})?[8８][6６]{_GAP})?[1１][3-9３-９]\d(?:{_GAP}\d){{8}}(?!\d)|\d(?:{_GAP}\d){{14,}}"
)
"""What every private number matches, and codes of twelve digits do not."""
_GROUP = re.compile(r"\d+")
_MOST_GROUPS = 19
_ID_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_BORN = re.compile(r"[1-9]\d{5}(?:18|19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}")
_BORN_SHORT = re.compile(r"[1-9]\d{5}\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}")
_CARD = re.compile(r"(?:62|60)\d{14,17}|4\d{15}(?:\d{3})?|5\d{15}|9558\d{15}")
_MOBILE = re.compile(r"(?:0|86|0086)?1[3-9]\d{9}")
_GROUPINGS = frozenset({(11,), (3, 4, 4), (3, 8), (7, 4), (4, 4, 3), (4, 3, 4), (3, 3, 5), (5, 6), (6, 5)})
_AMOUNT = re.compile(r"\s{0,3}(?:元|块|亩|吨|公斤|平方米|㎡)(?![\u4e00-\u9fff])")
_HASH = 32
"""Letters and digits in one word from here on are a digest, not a number."""
_SOCIAL_CREDIT_WEIGHTS = tuple(pow(3, place, 31) for place in range(17))


def kinds_in(text: str) -> tuple[Private, ...]:
    """The kinds of the private numbers in a text, each once, in their order."""
    return tuple(dict.fromkeys(kind for _, _, kind in _found(text)))


def kind_words(kinds: Iterable[Private]) -> tuple[str, str]:
    """Kinds in words, in both languages."""
    names = [kind.value for kind in kinds]
    return "、".join(zh for zh, _ in names), ", ".join(en for _, en in names)


def masked(text: str) -> str:
    """The text with the first three and the last two digits of every private number left of it."""
    end, pieces = 0, []
    for first, last, _ in _found(text):
        pieces += [text[end:first], mask(text[first:last])]
        end = last
    return "".join([*pieces, text[end:]]) if pieces else text


def masked_names(names: Iterable[str]) -> dict[str, str]:
    """Each name as it is shown; those told apart only by what is masked get a number, so that none is another's."""
    shown: dict[str, str] = {}
    taken: set[str] = set()
    for name in names:
        plain = text = masked(name)
        number = 2
        while text in taken:
            text = f"{plain} ({number})"
            number += 1
        taken.add(text)
        shown[name] = text
    return shown


def mask(number: str) -> str:
    """``410****28`` for a number of any length, whatever stands between its digits."""
    digits = "".join(letter for letter in number if letter.isalnum())
    return f"{digits[:3]}****{digits[-2:]}"


def is_old_id_card(text: str) -> bool:
    """Whether a text is an identity number of the old kind, 15 digits without a check: only its header can prove it."""
    return _BORN_SHORT.fullmatch(unicodedata.normalize("NFKC", text).strip()) is not None


def begins_like_private(number: float) -> Private | None:
    """What a whole number of 15 digits and more probably was before its last digits were lost."""
    digits = f"{number:.0f}"
    if len(digits) == _ID_DIGITS and re.match(r"[1-9]\d{5}(?:18|19|20)\d\d(?:0[1-9]|1[0-2])[0-3]\d", digits):
        return Private.ID_CARD
    return Private.BANK_CARD if _CARD.fullmatch(digits) else None


_ID_DIGITS = 18
_CODE_DIGITS = 12


def likely(texts: Iterable[str]) -> bool:
    """Whether any of many texts may hold a private number: one search over all of them."""
    long = [text for text in texts if len(text) >= SHORTEST and not _is_code(text)]
    return bool(long) and _LIKELY.search("\n".join(long)) is not None


def _is_code(text: str) -> bool:
    return len(text) == _CODE_DIGITS and text.isdecimal() and text[0] != "0"


def _found(text: str) -> Iterator[tuple[int, int, Private]]:
    """Where private numbers begin and end in a text, from left to right, without overlaps."""
    if len(text) < SHORTEST or _LIKELY.search(text) is None:
        return
    for run in _RUN.finditer(text):
        groups = [(group.start(), group.end()) for group in _GROUP.finditer(text, run.start(), run.end())]
        place = 0
        while place < len(groups):
            found = _from(text, groups, place)
            if found is None:
                place += 1
                continue
            after, end, kind = found
            yield groups[place][0], end, kind
            place = after


def _from(text: str, groups: list[tuple[int, int]], place: int) -> tuple[int, int, Private] | None:
    """The longest private number made of whole groups of digits from one on: the next group, its end, its kind."""
    start = groups[place][0]
    if start > 1 and text[start - 1] in ".．" and text[start - 2].isdigit():  # digits behind a decimal point
        return None
    some = groups[place : place + _MOST_GROUPS]
    sizes = [end - begin for begin, end in some]
    for count, size in reversed(list(enumerate(accumulate(sizes), start=1))):
        if not SHORTEST <= size <= _MOST_GROUPS:
            continue
        end = some[count - 1][1]
        digits = "".join(str(unicodedata.digit(digit)) for begin, last in some[:count] for digit in text[begin:last])
        if re.match(r"[.．]\d*[1-9]", text[end : end + 20]):
            continue
        if size == _ID_DIGITS - 1 and text[end : end + 1] in {"X", "x", "Ｘ", "ｘ"}:
            digits, end = digits + "X", end + 1
        kind = _kind(digits, tuple(sizes[:count]))
        if kind is Private.MOBILE and _AMOUNT.match(text, end):
            continue
        if kind is None and _mistyped_id(digits):
            kind = Private.MISTYPED_ID_CARD
        if kind is not None and not _in_digest(text, start, end):
            return place + count, end, kind
    return None


def _kind(digits: str, sizes: tuple[int, ...]) -> Private | None:
    """What a row of digits is; ``sizes`` are those of the groups it was written in."""
    if len(digits) == _ID_DIGITS and _BORN.fullmatch(digits[:-1]) and _id_checks(digits):
        return Private.ID_CARD
    if _CARD.fullmatch(digits) and _luhn_checks(digits) and not _social_credit_checks(digits):
        return Private.BANK_CARD
    if _MOBILE.fullmatch(digits):
        before = len(digits) - SHORTEST
        if before and sizes and sizes[0] in {before, 1} and sum(sizes) - before == SHORTEST:  # 86 on its own
            sizes = sizes[1:]
        elif before and sizes:
            sizes = (sizes[0] - before, *sizes[1:])
        return Private.MOBILE if sizes in _GROUPINGS else None
    return None


def _mistyped_id(digits: str) -> bool:
    """Whether eighteen digits with a birthday among them are most likely an identity number with a slip in it."""
    return len(digits) == _ID_DIGITS and bool(_BORN.fullmatch(digits[:-1])) and not _social_credit_checks(digits)


def _id_checks(digits: str) -> bool:
    """Whether the last character is the check digit of an identity number (GB 11643)."""
    total = sum(int(digit) * weight for digit, weight in zip(digits, _ID_WEIGHTS, strict=False))
    return "10X98765432"[total % 11] == digits[-1]


def _luhn_checks(digits: str) -> bool:
    total = sum(int(digit) for digit in digits[-1::-2])
    return (total + sum(sum(divmod(2 * int(digit), 10)) for digit in digits[-2::-2])) % 10 == 0


def _social_credit_checks(digits: str) -> bool:
    """Whether 18 digits are the code of an organisation (GB 32100), which may be all digits."""
    if len(digits) != _ID_DIGITS:
        return False
    total = sum(int(digit) * weight for digit, weight in zip(digits, _SOCIAL_CREDIT_WEIGHTS, strict=False))
    return (31 - total % 31) % 31 == int(digits[-1])


def _in_digest(text: str, start: int, end: int) -> bool:
    """Whether digits are part of a long word of letters and digits, such as a SHA-256."""
    first, last = start, end
    while first and text[first - 1].isascii() and text[first - 1].isalnum():
        first -= 1
    while last < len(text) and text[last].isascii() and text[last].isalnum():
        last += 1
    return last - first >= _HASH and last - first > end - start
