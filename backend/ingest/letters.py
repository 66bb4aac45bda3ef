"""Which one-byte encoding a text is in, by how often languages use their letters.

Each language lists its letters beyond ASCII, the most frequent first; a text in the right encoding
is made of the first letters of one language, in the wrong one of rare letters and stray signs.
"""

from __future__ import annotations

import math
import re
import unicodedata

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
        "àçèéíòóúïü·",  # Catalan
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
    ("cp1255", "iso8859_8"): ("יוהלאמרתבשנדקפעכחםטצגסזןךףץ",),  # Hebrew
    ("cp1256", "iso8859_6"): ("اليمنرتوبةعدسفكقهحجشطصخضذثأزىءغئظإآؤ",),  # Arabic
    ("cp874",): ("ารนกอเงมยลวดทสตะปบคหแจพชขใไผโธศถภซณฉญฐ่้ิีัุู็์ำ",),  # Thai
}
PUNCTUATION = frozenset("“”„‘’–—…€°«»§²³½µ×±©®™·¿¡\u00a0№")
OF_NUMBERS = re.compile(r"(?<=\d)\s?[€£¥°²³µ½±‰]|(?<=m)[²³]|[€£¥±]\s?(?=\d)")
"""Signs beside a number, where a letter would mean nothing."""
CAPITAL = 0.1
SIGN = 0.01
BESIDE_NUMBER = 0.2
STRANGER = 0.0005
FIRST_GREEK = "\u0370"
"""Letters from here on are of another script than the Latin one."""
CONVINCING = math.log(0.012)
SAMPLE_CHARACTERS = 20_000


def likeliest_encoding(sample: bytes) -> tuple[str, float] | None:
    """The one-byte encoding that explains the bytes best, and how sure that is; None if none does.

    Among equals the more common encoding wins, which is the one named first.
    """
    scores: list[tuple[float, str]] = []
    for encodings, languages in LANGUAGES.items():
        for encoding in encodings:
            text = _decoded(sample, encoding)
            if text is not None:
                scores.append((max(_score(text, letters) for letters in languages), encoding))
    scores.sort(key=lambda pair: -pair[0])
    if not scores or scores[0][0] < CONVINCING:
        return None
    margin = scores[0][0] - scores[1][0] if len(scores) > 1 else 1.0
    return scores[0][1], round(min(0.95, 0.6 + margin / 4), 2)


def _decoded(sample: bytes, encoding: str) -> str | None:
    try:
        return sample.decode(encoding)[:SAMPLE_CHARACTERS]
    except UnicodeDecodeError:
        return None


def _score(text: str, letters: str) -> float:
    """The mean logarithm of how probable each foreign character is, in this language."""
    rank = {letter: place for place, letter in enumerate(letters)}
    total, count, before = 0.0, 0, " "
    for found in OF_NUMBERS.findall(text):
        total += math.log(BESIDE_NUMBER) - math.log(_probability(found.strip(), " ", rank))
    for character in text:
        if character > "\x7f":
            total += math.log(_probability(character, before, rank))
            count += 1
        if _mixes(before, character):
            total += math.log(STRANGER)
        before = character
    return total / count if count else math.log(STRANGER)


def _mixes(before: str, character: str) -> bool:
    """Whether a Latin letter and one of another script stand side by side, as in no word."""
    low, high = sorted((before, character))
    return low.isalpha() and low.isascii() and high >= FIRST_GREEK and high.isalpha()


def _probability(character: str, before: str, rank: dict[str, int]) -> float:
    if character in rank:
        return 1.0 / (rank[character] + 3)
    if character.lower() in rank:
        # Capitals stand at the start of a word or among capitals.
        fits = not before.isalpha() or before.isupper()
        return CAPITAL / (rank[character.lower()] + 3) if fits else STRANGER
    if character in PUNCTUATION:
        return (
            SIGN if not before.isalpha() or unicodedata.category(character)[0] == "P" else SIGN / 4
        )
    return STRANGER
