"""How likely a text is in an encoding of East Asia, by which characters are common there.

The standards order their characters: what is used every day comes first, by itself.
"""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass

TWO_BYTES = 0xA1


@dataclass(frozen=True, slots=True)
class Script:
    """What is common in an encoding: codes of two bytes from the first to the last of a range."""

    daily: tuple[int, int]
    seldom: tuple[int, int]
    often: str
    """Characters that texts and tables are full of."""
    kana: bool = False
    upper: bool = False
    """Whether second bytes below 0xA1 belong to a later extension of rare characters."""


OF_JAPAN = (
    "日本年月人大中小上下株式会社東京市県区名前高売数量金額"
    "合計番号電話住所商品表国語場部者時間分新出"
)
SCRIPTS = {
    "cp932": Script((0x889F, 0x9872), (0x989F, 0xEAA4), OF_JAPAN, kana=True),
    "gb18030": Script(
        (0xB0A1, 0xD7F9),
        (0xD8A1, 0xF7FE),
        "的一是不了在人有我他这中大来上国个到说们为年月日时分北京市省区公司名称数量金额价格合计电话地址"
        "商品产销售编号姓新用户会业务情况客东西南海广州",
        upper=True,
    ),
    "cp949": Script(
        (0xB0A1, 0xC8FE),
        (0xCAA1, 0xFDFE),
        "이다는의에을를가한하고로은도사지서기시자아어리나대인일원수정부전해주년월금액합계이름번호상품판매서울산구동명",
        upper=True,
    ),
    "big5": Script(
        (0xA440, 0xC67E),
        (0xC940, 0xF9D5),
        "的一是不了在人有我他這中大來上國個到說們為年月日時分台北市縣區公司名稱數量金額價格合計電話地址"
        "商品產銷售編號姓新用戶會業務情況客東西南海高雄",
    ),
    "euc_jp": Script((0xB0A1, 0xCFD3), (0xD0A1, 0xF4A6), OF_JAPAN, kana=True),
}
OFTEN = 1 / 150
DAILY = 1 / 1500
SELDOM = 1 / 40_000
NEVER = 0.000001
SMALL_KANA = 1 / 60
LARGE_KANA = 1 / 150
HALF_KANA = 0.0005
SIGN = 1 / 50
WIDE = 0.001
BESIDE_LATIN = 0.1
"""What is left of a character's probability between letters of ASCII."""


def likelihood(text: str, encoding: str) -> float:
    """The logarithm of how likely the characters beyond ASCII are; `text` is what the bytes are in
    this encoding."""
    script = SCRIPTS[encoding]
    count = Counter(character for character in text if character > "\x7f")
    total = sum(n * math.log(_probability(c, encoding, script)) for c, n in count.items())
    beside = sum(
        _is_latin(a) and b > "\u2fff" or _is_latin(b) and a > "\u2fff"
        for a, b in zip(text, text[1:], strict=False)
    )
    return total + beside * math.log(BESIDE_LATIN)  # fmt: skip


def _is_latin(character: str) -> bool:
    return character.isascii() and character.isalpha()


def _probability(character: str, encoding: str, script: Script) -> float:
    if script.kana and "\u3041" <= character <= "\u30fe":
        return SMALL_KANA if character < "\u30a0" else LARGE_KANA
    if script.kana and "\uff61" <= character <= "\uff9f":
        return HALF_KANA
    if "\u3000" <= character <= "\u3011" or character in "，：；！？（）％·…“”":
        return SIGN
    if "\uff10" <= character <= "\uff5a":
        return WIDE
    return OFTEN if character in script.often else _by_code(character, encoding, script)


def _by_code(character: str, encoding: str, script: Script) -> float:
    raw = character.encode(encoding, "replace")
    code = int.from_bytes(raw, "big")
    if len(raw) != 2 or (script.upper and raw[1] < TWO_BYTES):
        return NEVER
    for (first, last), found in ((script.daily, DAILY), (script.seldom, SELDOM)):
        if first <= code <= last:
            return found
    return NEVER
