"""How likely a text is in a one-byte encoding, by how languages use their letters and signs.

Each language lists its letters beyond ASCII, the most frequent first; a text in the right encoding
is made of the first letters of one language, in the wrong one of rare letters and stray signs.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator
from functools import cache

LATIN_1 = ("cp1252", "iso8859_15", "mac_roman", "cp850", "cp437")
LATIN_2 = ("cp1250", "iso8859_2", "cp852")
CYRILLIC = ("cp1251", "koi8_r", "cp866", "iso8859_5", "mac_cyrillic")
LANGUAGES: dict[tuple[str, ...], tuple[str, ...]] = {
    LATIN_1: (
        "éèàêçôâîûùëïœü",  # French
        "üäößéà",  # German
        "óíáéñúüº",  # Spanish
        "ãçáéíóêõâàúô",  # Portuguese
        "àèòùìé",  # Italian
        "øåæéäö",  # Danish, Norwegian
        "äöåé",  # Swedish, Finnish
        "áíðéúóýþæö",  # Icelandic
        "éëïöüèê",  # Dutch
        "àçèéíòóïúü·",  # Catalan
        "éüöäáíóñßçèãôåøêàúõîëæï",  # names from all over the west
    ),
    LATIN_2: (
        "łóążęćśńź",  # Polish
        "íáéěřšžčýůúťďňó",  # Czech
        "áéíčšžýľúťôňďäóĺŕ",  # Slovak
        "áéöóüíőúű",  # Hungarian
        "ăîâşţșț",  # Romanian
        "čšžćđ",  # Croatian, Slovene
    ),
    CYRILLIC: (
        "оеаинтсрвлкмдпуяыьгзбчйхжшюцщэфъё",  # Russian
        "оаиніетрвслкдмпуязьгбчйїхцжєшющфґ",  # Ukrainian
        "аиоентрсвлкдпмзугябъчщцжшхфйью",  # Bulgarian
    ),
    ("cp1253", "iso8859_7"): ("αοιετσνηυρπκμλςάίόθδέήγώχύφβξζψϊ",),  # Greek
    ("cp1254", "iso8859_9"): ("ıüşğçöİâ",),  # Turkish
    ("cp1257", "iso8859_13"): ("āīšēūžņļģķč", "ėšžųįąūčę", "äõüöšž"),  # Baltic languages
    ("cp1255", "iso8859_8"): ("יוהלאמרתבשנדקפעכחטצגסזןךםףץ",),  # Hebrew
    ("cp1256", "iso8859_6"): ("اليمنرتوبةعدسفكقهحجشطصخضذثأزىءغئظإآؤ",),  # Arabic
    ("cp874",): ("ารนกอเงมยลวดทสตะปบคหแจพชขใไผโธศถภซณฉญฐ่้ิีัุู็์ำ",),  # Thai
}
SIGNS = frozenset("“”„‘’–—…€£°«»§²³½µ×±©®™·•¿¡º\u00a0№")
RARE_SIGNS = frozenset("‚‹›†‡‰¢¥¶¦¬¼¾¹÷ª¤¨´¸¯ƒˆ˜")
USUAL_PLACES = (
    (re.compile(r"(?<=[^\W\d_])’(?=[^\W\d_])|(?<=m)[²³]"), 0.2),
    (re.compile(r"(?<=\d)\s?[€£¥¢°²³µ½¼¾±‰ºª×]|[€£¥±§№×÷]\s?(?=\d)"), 0.2),
    (re.compile(r"(?<![\w’])[“„«‘¿¡](?=[^\W_])|(?<=[\w.,!?])[”“»’](?!\w)"), 0.1),
    (re.compile(r"(?<=[\s\d])[–—](?=[\s\d])|(?<=[\w,.])\xa0(?=\w)|(?<=\w)[®™…]"), 0.1),
    (re.compile(r"(?<!\S)[©•…½§°](?!\S)|(?<=\s)(?:[©•]|°(?=[CF]\b))"), 0.05),
    (re.compile(r"(?<=N)°|(?<!\w)[‘’](?=\w)"), 0.05),
)
"""Where people write a sign, and how likely it is there; the sign is all of a match but spaces."""
CAPITAL = 0.1
SIGN = 0.01
RARE_SIGN = 0.002
STRANGER = 0.0001
NO_TEXT = 0.00001
"""For a control character, or a byte that the encoding does not know."""
BEHIND = 0.25
INSIDE = 0.01
"""What is left of a sign's probability right after a letter, and before one."""
ALONE = 0.1
"""What is left of a letter's that stands by itself: most are part of a word."""
MISPLACED = 0.05
"""And of one beside a digit, or of a small letter before a capital."""
MIXED = re.compile(r"[A-Za-z](?=[\u0370-\uffff])(?!\W)|[^\W\u0001-\u036f](?=[A-Za-z])")
"""A Latin letter and one of another script side by side, as in no word."""
CROWDED = 0.15
CROWD = re.compile(r"[\u00c0-\u024f](?=[\u00c0-\u024f])")
"""Two accented letters of the Latin script side by side, of which few words have any."""
Place = tuple[str, str, str]


def encodings_of_letters() -> Iterator[str]:
    """All one-byte encodings that are told apart."""
    for encodings in LANGUAGES:
        yield from encodings


def likelihood(text: str, encoding: str) -> float:
    """The logarithm of how likely the characters beyond ASCII are, in the language they fit best;
    `text` is what the bytes are in this encoding."""
    languages = next(known for names, known in LANGUAGES.items() if encoding in names)
    settled, total = _signs_in_place(text)
    total += math.log(STRANGER) * len(MIXED.findall(text))
    total += math.log(CROWDED) * len(CROWD.findall(text))
    places: Counter[Place] = Counter(
        (_kind(text, at - 1), character, _kind(text, at + 1))
        for at, character in enumerate(text)
        if character > "\x7f" and at not in settled
    )
    return total + max(
        sum(n * math.log(_probability(place, _ranks(letters))) for place, n in places.items())
        for letters in languages
    )


def _signs_in_place(text: str) -> tuple[set[int], float]:
    settled: set[int] = set()
    total = 0.0
    for pattern, probability in USUAL_PLACES:
        for found in pattern.finditer(text):
            spaced = len(found[0]) > 1 and found[0][0].isspace()
            at = found.end() - 1 if spaced else found.start()
            if at not in settled:
                settled.add(at)
                total += math.log(probability)
    return settled, total  # fmt: skip


@cache
def _ranks(letters: str) -> dict[str, int]:
    return {letter: place for place, letter in enumerate(letters)}


def _kind(text: str, at: int) -> str:
    """Of a neighbour: `d` for a digit, `U` for a capital, `l` for another letter, else a space."""
    if not 0 <= at < len(text):
        return " "
    character = text[at]
    if character.isdecimal():
        return "d"
    if not character.isalpha():
        return " "
    return "U" if character.isupper() else "l"


def _probability(place: Place, rank: dict[str, int]) -> float:
    before, character, after = place
    small = character if character in rank else character.lower()
    if small in rank:
        found = 1.0 / (rank[small] + 3)
        return _capital(found, before) if small != character else _small(found, before, after)
    if character in SIGNS or character in RARE_SIGNS:
        found = SIGN if character in SIGNS else RARE_SIGN
        return found * (INSIDE if after in "Ul" else BEHIND if before in "Ul" else 1.0)
    return NO_TEXT if character < "\xa0" or character == "\ufffd" else STRANGER


def _capital(found: float, before: str) -> float:
    """Capitals stand at the start of a word or among capitals."""
    return STRANGER if before == "l" else found * CAPITAL * (MISPLACED if before == "d" else 1.0)


def _small(found: float, before: str, after: str) -> float:
    if before == "d" or after in "dU":
        return found * MISPLACED
    return found * ALONE if before == after == " " else found
