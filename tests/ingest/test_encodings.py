"""Which encoding a text is in: long ones in any, short ones as most such files are, or in doubt."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.ingest.guessing import COMMON, guess_encoding
from tests.ingest.reading_back import Back, read
from tests.ingest.spoken import EVERY_WAY, SIGNS, SPOKEN

PAGE = Path(__file__).parents[2] / "docs" / "reading.md"


def doubt(back: Back) -> dict[str, Any] | None:
    return back.warnings.get("encoding_in_doubt")


@pytest.mark.parametrize("sign", SIGNS)
def test_a_sign_alone_is_read_as_most_files_mean_it(sign: str) -> None:
    back = read(f"a,b,c\n1,2,3\n4,5,{sign}\n".encode("cp1252"))
    assert back.texts[-1] == ["4", "5", sign]
    sure = back.report["encoding"]["confidence"]
    assert (doubt(back) is None) is (sure >= 0.98)


@pytest.mark.parametrize(("language", "encoding"), EVERY_WAY)
def test_a_text_is_read_in_every_encoding_of_its_language(language: str, encoding: str) -> None:
    text = SPOKEN[language][1].encode(encoding, "ignore").decode(encoding)
    back = read(f"text\n{text}\n".encode(encoding), delimiter="|")
    assert back.texts == [[text]]
    if encoding != "iso8859_15":  # one letter only tells it from Windows-1252
        assert doubt(back) is None


@given(
    st.sampled_from(EVERY_WAY).flatmap(
        lambda way: st.tuples(
            st.just(way), st.permutations([w for w in SPOKEN[way[0]][1].split() if not w.isascii()])
        )
    )
)
def test_what_is_read_wrong_is_read_in_doubt(case: tuple[tuple[str, str], list[str]]) -> None:
    (_, encoding), words = case
    sample = "\n".join(words[:6]).encode(encoding, "ignore")
    guessed = guess_encoding(sample)
    right = sample.decode(encoding)
    if sample.decode(guessed.encoding, "replace") != right:
        assert guessed.doubt is not None
        assert guessed.confidence < 0.98
    assert 0 < guessed.confidence <= 0.99


@given(st.sampled_from(EVERY_WAY), st.integers(2, 50))
def test_the_same_again_is_no_further_evidence(way: tuple[str, str], times: int) -> None:
    language, encoding = way
    words = SPOKEN[language][1].encode(encoding, "ignore").split()[:3]
    assert guess_encoding(b"\n".join(words * times)) == guess_encoding(b"\n".join(words))


@given(st.binary(min_size=1))
def test_any_bytes_at_all_get_some_encoding(sample: bytes) -> None:
    guessed = guess_encoding(sample)
    sample.decode(guessed.encoding, "replace")
    assert 0 < guessed.confidence <= 0.99


def test_a_doubt_names_the_other_encoding_and_where_it_matters() -> None:
    content = "name,n\nAnna,1\nBert,2\n¢,3\n".encode("cp1252")
    back = read(content)
    assert back.texts[-1] == ["¢", "3"]
    told = doubt(back)
    assert told is not None
    assert told["rows"] == [4]
    other = re.search(r"with the encoding (\w+)\.$", told["detail"])
    assert other is not None
    assert "“¢” would be “" in told["detail"]
    again = read(content, encoding=other[1])
    assert f"would be “{again.texts[-1][0]}”" in told["detail"]
    assert doubt(again) is None


@pytest.mark.parametrize("rows", [1, 30])
def test_a_doubt_in_json_is_told_too(rows: int) -> None:
    back = read(b'{"a": "\xa2"}\n' * rows)
    assert back.texts == [["¢"]] * rows
    assert doubt(back) is not None


def test_all_that_can_be_guessed_is_documented() -> None:
    part = PAGE.read_text().split("What can be guessed:")[1].split("\n## ")[0]
    assert set(re.findall(r"`(\w+)`", part)) == set(COMMON)
