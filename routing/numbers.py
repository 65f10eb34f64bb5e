"""What a trunk delivers as caller -> one number in one form. Pure; no input raises.

The forms are those of Chinese carrier trunks: national and international notations, local digits, IP-dial prefixes,
`sip:` and `tel:` URIs, full-width digits. A form is only accepted if a whole number comes out of it; what fits none is
`MALFORMED`, kept readable.
"""

import re
import unicodedata
from collections.abc import Container, Mapping
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import unquote

from routing.areas import Code

LONGEST_RAW = 1024
"""Characters of a caller identity we look at; a longer one is no number."""
LONGEST_KEPT = 64
"""Characters of a malformed identity that are kept."""


class Form(StrEnum):
    """What a normalised number is. The words are also the reasons of `UNKNOWN` decisions."""

    MOBILE = "mobile"
    LANDLINE = "landline"
    WITHHELD = "withheld"
    OVERSEAS = "overseas"
    IOT = "iot"
    SATELLITE = "satellite"
    SERVICE = "service-number"
    UNKNOWN_CODE = "unknown-area-code"
    MALFORMED = "malformed"


@dataclass(frozen=True, slots=True)
class Number:
    """A caller number in one form."""

    form: Form
    normalized: str
    """National form with its 0 (landline), 11 digits (mobile), `+…` (overseas), digits (service), empty (withheld)."""
    code: str = ""
    """Area code of a landline, with its 0."""
    local: str = ""
    """Digits of a landline behind its code."""
    fits: bool = True
    """Whether the local part has the length and first digit its code asks for."""


WITHHELD = Number(Form.WITHHELD, "")
_WITHHELD_WORDS = frozenset(
    [
        *("anonymous", "anonymous.invalid", "unavailable", "restricted", "unknown", "private", "withheld", "blocked"),
        *("hidden", "confidential", "none", "null", "nil", "n/a", "noid", "nonumber", "nocallerid", "asterisk"),
        *("匿名", "未知", "未知号码", "保密", "隐藏", "隐藏号码", "私人号码", "无主叫", "无号码"),
    ]
)
_SATELLITE = ("1349", "1740")
_SCHEME = re.compile(r"(?i)(sips?|tel):")
_ANGLE = re.compile(r"<([^<>]*)>")
_CONTEXT = re.compile(r"(?i);phone-context=(\+[0-9][0-9().-]*)")
_SEPARATORS = str.maketrans("", "", " \t\u00a0-‐‑‒–—―−.·()[]/_")
_DIGITS = re.compile(r"(\++)?([0-9]+)")
_EXTENSION = re.compile(r"(?i)(\+?[0-9]{7,})(?:ext|x|转|,|#|w|p)[0-9]*")
_MOBILE = re.compile(r"1[3-9][0-9]{9}")
_IOT = re.compile(r"(?:1064|14)[0-9]+")
_IOT_DIGITS = 13
_SERVICE = re.compile(
    r"1[0-2][0-9](?:[0-9]{2})?|11[0-9]{4}|10[0-9]{4,6}|1[67][0-9]{3}|106[0-9]{7,17}"  # 110, 12366, 118114, 1010…
    r"|9[56][0-9]{3,10}|400[0-9]{7,9}|800[0-9]{7,9}"
)
# 17951, 12593, 17909, 10193 and kin; the longest and the shortest only where a national number can begin behind them.
_IP_PREFIX = re.compile(
    r"(?:12583[123](?=0|1[3-9])|19[0367](?=0|1[3-9])|179[0-9]{2}|1[12][0-9]{3}|101[0-9]{2})([0-9]+)"
)
_WHOLE = frozenset({Form.MOBILE, Form.LANDLINE, Form.OVERSEAS, Form.SATELLITE})
_SHORT = re.compile(r"1[0-9]{2,5}|9[56][0-9]{3,6}")
"""Short codes people dial behind an area code: 110, 12345, 95588."""
_SUBSCRIBER = "2345678"
"""First digits of local numbers; 1 and 9 begin service numbers, 0 begins codes."""


@dataclass(frozen=True, slots=True)
class Plan:
    """The codes a number is read against."""

    codes: Mapping[str, Code]
    """The province's codes, withdrawn ones included."""
    places: Container[str]
    """Area codes of other provinces, with their 0."""

    def normalise(self, raw: str, trunk_area: str) -> Number:
        """`raw` as a trunk of area code `trunk_area` delivered it, in one form."""
        text, context = _bare(raw)
        if text is None:
            return WITHHELD
        compact = text.translate(_SEPARATORS)
        if not compact or compact.lower() in _WITHHELD_WORDS or text.lower() in _WITHHELD_WORDS:
            return WITHHELD
        found = _DIGITS.fullmatch(compact)
        if found is None and (extension := _EXTENSION.fullmatch(compact)):
            found = _DIGITS.fullmatch(extension[1])
        if found is None:
            return _malformed(text)
        plus, digits = bool(found[1]), found[2]
        if not digits.strip("0"):
            return WITHHELD
        if context and not plus:
            whole = self._international(context + digits)
            if whole.form is not Form.MALFORMED:
                return whole
        trunk = trunk_area if trunk_area.startswith("0") else f"0{trunk_area}"
        number = self._international(digits) if plus else self._plain(digits, trunk, prefixes=2)
        return _malformed(compact) if number.form is Form.MALFORMED else number

    def _plain(self, digits: str, trunk: str, prefixes: int) -> Number:
        """Digits without a plus. `prefixes`: how many IP-dial prefixes may still be in front."""
        own = self.codes.get(trunk)
        if own is not None and len(digits) in own.digits and digits[0] in _SUBSCRIBER:
            return Number(Form.LANDLINE, trunk + digits, trunk, digits)
        if digits.startswith("00"):
            return self._international(digits[2:])
        number = _special(digits)
        if number is None and digits[0] == "0":
            number = self._national(digits)
        if number is None and digits.startswith("86"):
            number = _whole(self._international(digits))
        if number is None:
            number = _service(digits) or self._without_zero(digits)
        if number is None and prefixes and (found := _IP_PREFIX.fullmatch(digits.removeprefix("0"))):
            # No trunk here: behind a prefix, local digits are not a whole number.
            behind = self._plain(found[1], "", prefixes - 1)
            number = behind if behind.form in _WHOLE else None
        return number or _malformed(digits)

    def _international(self, digits: str) -> Number:
        """Digits behind `+` or `00`."""
        if digits.startswith("00"):
            digits = digits[2:]
        rest = digits.removeprefix("86")
        if rest.startswith("86"):
            rest = rest[2:]
        if digits.startswith("0"):
            return self._national(digits) or _malformed(digits)
        if rest == digits:
            return Number(Form.OVERSEAS, f"+{digits}") if 7 <= len(digits) <= 15 else _malformed(digits)
        if not rest:
            return _malformed(digits)
        if rest[0] == "0":
            return self._national(rest) or _malformed(digits)
        return _special(rest) or self._national(f"0{rest}", zero=False) or _service(rest) or _malformed(digits)

    def _national(self, digits: str, zero: bool = True) -> Number | None:
        """Digits with the trunk prefix 0: `0371…`, `010…`, `0138…`. `zero`: it was delivered, not added by us."""
        behind = digits[1:]
        if special := _special(behind):
            return special
        width = 3 if digits[1:2] in ("1", "2") else 4
        code, local = digits[:width], digits[width:]
        if code in self.codes or code in self.places:
            if number := self._landline(code, local, zero):
                return number
        elif len(local) in (7, 8) and width == 4 and local[0] in _SUBSCRIBER and digits[1] in "3456789":
            return _service(behind) or Number(Form.UNKNOWN_CODE, digits, code, local)
        return _service(behind)

    def _landline(self, code: str, local: str, zero: bool) -> Number | None:
        """A local number behind a known code; None if too little of one is there.

        A code with its 0 is strong evidence and takes any plausible local part; without it (`86371…`) the rest must
        look like a local number or a short code, for `+86` is also put in front of local digits.
        """
        own = self.codes.get(code)
        like_local = local[:1] in tuple(_SUBSCRIBER)
        if own is not None and len(local) in own.digits and like_local:
            return Number(Form.LANDLINE, code + local, code, local)
        if special := _special(local):
            return special  # a trunk that puts its own code in front of mobiles
        if (
            local.startswith("0")
            and (doubled := self._national(local))
            and doubled.form is Form.LANDLINE
            and doubled.fits
        ):
            return doubled  # … or in front of other landlines
        if zero:
            enough = 5 <= len(local) <= 12 or bool(_SHORT.fullmatch(local))
        elif own is not None:
            near = any(abs(len(local) - digits) <= 1 for digits in own.digits)
            enough = (near and like_local) or bool(_SHORT.fullmatch(local))
        else:
            enough = like_local and len(local) in _lengths_of(code)
        return Number(Form.LANDLINE, code + local, code, local, fits=own is None) if enough else None

    def _without_zero(self, digits: str) -> Number | None:
        """`37155012345`, `1065551234`: an area code that lost its 0. Only if the rest fits exactly."""
        code = "0" + (digits[:2] if digits[0] in "12" else digits[:3])
        local = digits[len(code) - 1 :]
        if not local or local[0] not in _SUBSCRIBER:
            return None
        if code in self.codes:
            return Number(Form.LANDLINE, code + local, code, local) if len(local) in self.codes[code].digits else None
        lengths = (8,) if len(code) == 3 else (7, 8)
        return (
            Number(Form.LANDLINE, code + local, code, local) if code in self.places and len(local) in lengths else None
        )


def _lengths_of(code: str) -> tuple[int, ...]:
    """Lengths of local numbers outside the province: eight digits in the largest cities, else seven or eight."""
    return (8,) if len(code) == 3 else (7, 8)


def _special(digits: str) -> Number | None:
    """Numbers told by their own digits, without a code: mobile, satellite, machine."""
    if len(digits) == 11 and _MOBILE.fullmatch(digits):
        return Number(Form.SATELLITE if digits.startswith(_SATELLITE) else Form.MOBILE, digits)
    if len(digits) == _IOT_DIGITS and _IOT.fullmatch(digits):
        return Number(Form.IOT, digits)
    return None


def _service(digits: str) -> Number | None:
    # 106 + 8 digits below the service lengths is Beijing without its 0, not a service.
    if _SERVICE.fullmatch(digits) and not (len(digits) == 10 and digits.startswith("106")):
        return Number(Form.SERVICE, digits)
    return None


def _whole(number: Number) -> Number | None:
    return None if number.form is Form.MALFORMED else number


def _malformed(text: str) -> Number:
    """Kept readable and inert: no more than a few characters, � for what cannot be printed."""
    kept = text[:LONGEST_KEPT]
    if not kept.isprintable():
        kept = "".join(character if character.isprintable() else "�" for character in kept)
    return Number(Form.MALFORMED, kept)


def _bare(raw: str) -> tuple[str | None, str]:
    """(the number in `raw` as text, the country and area code its URI names); text is None if the URI has no user."""
    if len(raw) > LONGEST_RAW:
        return raw[:LONGEST_KEPT] + "…", ""
    if raw.isascii() and raw.isalnum():
        return raw, ""
    # Full-width digits become digits; invisible characters (bidi marks, zero-width spaces) come with copied numbers.
    text = unicodedata.normalize("NFKC", raw)
    text = "".join(character for character in text if unicodedata.category(character) != "Cf").strip()
    if angle := _ANGLE.findall(text):
        text = angle[-1].strip()
    scheme = _SCHEME.match(text)
    if scheme is None and "@" not in text:
        return text.strip("\"'"), ""
    if scheme is not None:
        text = text[scheme.end() :]
    context = _CONTEXT.search(text)
    if "@" in text:
        user = text.partition("@")[0]
    else:
        user = re.split(r"[;?]", text, maxsplit=1)[0]
        if scheme is not None and scheme[1].lower() != "tel" and "." in user:
            return None, ""  # only a host: nobody named
    user = re.split(r"[;:]", user, maxsplit=1)[0]
    text = unicodedata.normalize("NFKC", unquote(user)).strip()
    return text, context[1].translate(_SEPARATORS).lstrip("+") if context else ""
