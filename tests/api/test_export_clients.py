"""Programs that people have read a share by its address, and get what was uploaded."""

from __future__ import annotations

import io
import re
import subprocess
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq
import pytest
import requests

from tests.bench.tables import csv_table
from tests.client import API, Client, Created
from tests.server import Server

ROOT = Path(__file__).resolve().parents[2]
ROWS = 24_000  # three row groups, and more than what a footer is read with
TABLE = csv_table(ROWS)


@pytest.fixture(scope="module")
def share(server: Server) -> Created:
    with Client(server.url) as client:
        return client.create_ready(TABLE, "table.csv")


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "*")


@pytest.fixture(scope="module")
def uploaded() -> pd.DataFrame:
    """The same table as pandas reads the file."""
    return pd.read_csv(io.BytesIO(TABLE), dtype={"code": str})


Reader = Callable[[str], pd.DataFrame]
READERS: dict[str, tuple[str, Reader]] = {
    "pandas.read_csv": ("csv", lambda url: pd.read_csv(url, dtype={"code": str})),
    "pandas.read_csv of tsv": ("tsv", lambda url: pd.read_csv(url, sep="\t", dtype={"code": str})),
    "pandas.read_json": (
        "jsonl",
        lambda url: pd.read_json(url, lines=True, dtype={"code": str}),
    ),
    "pandas.read_json of an array": (
        "json",
        lambda url: pd.read_json(url, dtype={"code": str}),
    ),
    "pandas.read_excel": (
        "xlsx",
        lambda url: pd.read_excel(url, dtype={"code": str}, engine="openpyxl"),
    ),
    "pandas.read_excel, calamine": (
        "xlsx",
        lambda url: pd.read_excel(url, dtype={"code": str}, engine="calamine"),
    ),
    "pandas.read_parquet": ("parquet", pd.read_parquet),
    "pyarrow, a stream": ("arrow", lambda url: arrow_stream(url).to_pandas()),
    "pyarrow.csv": ("csv", lambda url: arrow_csv(url).to_pandas()),
    # By an address alone it reads only what can be read in parts.
    "polars.read_csv": (
        "csv",
        lambda url: pl.read_csv(fetched(url), schema_overrides={"code": pl.String}).to_pandas(),
    ),
    "polars.read_ndjson": ("jsonl", lambda url: pl.read_ndjson(fetched(url)).to_pandas()),
    "polars.read_parquet": ("parquet", lambda url: pl.read_parquet(url).to_pandas()),
    # It reads the end of the file first, and then the columns that it wants.
    "polars.scan_parquet": ("parquet", lambda url: pl.scan_parquet(url).collect().to_pandas()),
}


def fetched(url: str) -> bytes:
    """What an address has, whole."""
    with urllib.request.urlopen(url) as answer:
        return bytes(answer.read())


def arrow_stream(url: str) -> pa.Table:
    """The table of an Arrow stream, read as it comes."""
    with urllib.request.urlopen(url) as answer, pa.ipc.open_stream(answer) as reader:
        return reader.read_all()


def arrow_csv(url: str) -> pa.Table:
    """A CSV as Arrow reads it."""
    options = pa_csv.ConvertOptions(column_types={"code": pa.string()})
    return pa_csv.read_csv(io.BytesIO(fetched(url)), convert_options=options)


@pytest.mark.parametrize("name", READERS)
def test_a_program_reads_the_table_from_its_address(
    server: Server, share: Created, uploaded: pd.DataFrame, name: str
) -> None:
    extension, read = READERS[name]
    found = read(f"{server.url}/s/{share.id}.{extension}")
    assert list(found.columns) == list(uploaded.columns)
    assert len(found) == ROWS
    for key in uploaded.columns:
        pd.testing.assert_series_equal(
            as_uploaded(found[key], key), as_uploaded(uploaded[key], key), check_dtype=False
        )


def test_text_that_looks_like_a_number_stays_text_where_the_format_has_types(
    server: Server, share: Created
) -> None:
    """The readme says so: a reader of CSV guesses, and then 00000123 is 123."""
    address = f"{server.url}/s/{share.id}"
    assert pd.read_parquet(f"{address}.parquet")["code"][123] == "00000123"
    assert pd.read_csv(f"{address}.csv", dtype=str)["code"][123] == "00000123"
    assert pd.read_csv(f"{address}.csv")["code"][123] == 123


def test_a_lazy_reader_fetches_the_columns_it_asks_for(server: Server, share: Created) -> None:
    address = f"{server.url}/s/{share.id}/r/1.parquet"
    dear = pl.scan_parquet(address).filter(pl.col("amount") > 99_000).select("id", "amount")
    wanted = pd.read_parquet(address, columns=["id", "amount"])
    wanted = wanted[wanted["amount"] > 99_000]
    assert dear.collect().rows() == list(wanted.itertuples(index=False, name=None))


def test_a_program_follows_next_to_the_end(server: Server, share: Created) -> None:
    rows, address = 0, f"{API}/shares/{share.id}/rows?limit=1000&columns=id"
    with requests.Session() as session:
        while address:
            page = session.get(server.url + address, timeout=60).json()
            assert [row["id"] for row in page["rows"]] == list(range(rows, rows + 1_000))
            rows += len(page["rows"])
            address = page["next"]
    assert rows == ROWS


def as_uploaded(column: pd.Series[Any], key: str) -> pd.Series[Any]:
    """Days and moments as moments, missing text as one kind of missing."""
    if key in ("day", "moment"):
        return pd.to_datetime(column).astype("datetime64[us]")
    if key == "note":
        # whether nothing is null or empty in a file of text, each program decides for itself
        return column.astype(object).where(column.notna(), "")
    return column


class RemoteFile(io.RawIOBase):
    """A file of which only the parts are fetched that somebody reads."""

    def __init__(self, url: str) -> None:
        head = requests.head(url, timeout=60)
        assert head.headers["Accept-Ranges"] == "bytes"
        self.size = int(head.headers["Content-Length"])
        self.etag = head.headers["ETag"]
        self.fetched = 0
        self._url = url
        self._at = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = 0) -> int:
        self._at = offset + {0: 0, 1: self._at, 2: self.size}[whence]
        return self._at

    def readinto(self, buffer: Any) -> int:
        last = min(self._at + len(buffer), self.size) - 1
        if last < self._at:
            return 0
        headers = {"Range": f"bytes={self._at}-{last}", "If-Range": self.etag}
        answer = requests.get(self._url, headers=headers, timeout=60)
        assert answer.status_code == 206
        assert answer.headers["Content-Range"] == f"bytes {self._at}-{last}/{self.size}"
        buffer[: len(answer.content)] = answer.content
        self._at += len(answer.content)
        self.fetched += len(answer.content)
        return len(answer.content)


@pytest.mark.parametrize("query", ["", "?columns=id,amount,note", "?amount__gt=50000&sort=-amount"])
def test_a_parquet_export_is_read_in_place(server: Server, share: Created, query: str) -> None:
    remote = RemoteFile(f"{server.url}/s/{share.id}/r/1.parquet{query}")
    with pq.ParquetFile(pa.PythonFile(remote, "r"), pre_buffer=False) as file:
        assert file.metadata.num_row_groups > 1
        amounts = file.read_row_group(1, columns=["amount"])
    whole = pq.read_table(
        io.BytesIO(requests.get(f"{server.url}/s/{share.id}.parquet{query}", timeout=60).content)
    )
    first, second = (file.metadata.row_group(group).num_rows for group in (0, 1))
    assert amounts["amount"].to_pylist() == whole["amount"].to_pylist()[first : first + second]
    assert remote.fetched < remote.size


def test_curl_goes_on_with_an_original_that_was_cut(
    server: Server, share: Created, tmp_path: Path
) -> None:
    """`curl -C -`: only what is missing is sent."""
    target = tmp_path / "table.csv"
    target.write_bytes(TABLE[:100_000])
    url = f"{server.url}{API}/shares/{share.id}/revisions/1/original"
    said = curl("--continue-at", "-", "--write-out", "%{http_code} %{size_download}", url, target)
    assert said == f"206 {len(TABLE) - 100_000}"
    assert target.read_bytes() == TABLE
    named = curl("--remote-header-name", "--remote-name", url, folder=tmp_path)
    assert named == ""
    assert target.read_bytes() == TABLE


def test_curl_goes_on_with_a_workbook_that_was_cut(
    server: Server, share: Created, tmp_path: Path
) -> None:
    url = f"{server.url}/s/{share.id}/r/1.xlsx"
    whole, cut = tmp_path / "whole.xlsx", tmp_path / "cut.xlsx"
    curl(url, whole)
    cut.write_bytes(whole.read_bytes()[:50_000])
    curl("--continue-at", "-", url, cut)
    assert cut.read_bytes() == whole.read_bytes()


def curl(*arguments: str | Path, folder: Path | None = None) -> str:
    """Run curl; where no folder is given, the last argument is the file to write."""
    *rest, last = arguments
    words = [*rest, "--output", last] if folder is None else list(arguments)
    if folder is not None:
        (folder / "table.csv").unlink(missing_ok=True)
    done = subprocess.run(
        ["curl", "--silent", "--show-error", "--fail", "--noproxy", "*", *map(str, words)],
        capture_output=True,
        text=True,
        check=True,
        cwd=folder,
        timeout=60,
    )
    return done.stdout


@pytest.mark.parametrize(
    ("if_range", "status"),
    [
        ("{etag}", 206),
        ('"another"', 200),
        ("W/{etag}", 200),
        ("Sat, 21 Nov 2026 06:00:00 GMT", 200),
    ],
)
@pytest.mark.parametrize("path", [f"{API}/shares/{{id}}/revisions/1/original", "/s/{id}.parquet"])
def test_a_part_is_sent_only_of_what_the_reader_has_begun(
    client: Client, share: Created, path: str, if_range: str, status: int
) -> None:
    address = path.format(id=share.id)
    etag = client.request("HEAD", address).headers["ETag"]
    headers = {"Range": "bytes=10-19", "If-Range": if_range.format(etag=etag)}
    answer = client.request("GET", address, headers=headers)
    assert answer.status_code == status
    whole = client.request("GET", address).content
    assert answer.content == (whole[10:20] if status == 206 else whole)
    beyond = client.request("GET", address, headers={"Range": f"bytes={len(whole)}-"})
    assert beyond.status_code == 416
    assert beyond.headers["Content-Range"] == f"bytes */{len(whole)}"
    several = client.request("GET", address, headers={"Range": "bytes=0-1,4-5"})
    assert (several.status_code, several.content) == (200, whole)


DOCUMENTS = ("README.md", "docs/api.md")
WRITTEN = b"code,remark\n00123,-1/2\n7,NA\n,=1+1\n"


@pytest.mark.parametrize("document", DOCUMENTS)
def test_what_is_promised_of_text_keeps_every_cell_as_it_was_written(
    server: Server, document: str
) -> None:
    with Client(server.url) as client:
        share = client.create_ready(WRITTEN, "codes.csv").id
    found = re.findall(r"pandas\.read_csv\([^)]*\)", (ROOT / document).read_text("utf-8"))
    assert len(found) == 1
    call = re.sub(r"http://[^?]*\?(?:region__eq=north&)?", f"{server.url}/s/{share}.csv?", found[0])
    table = eval(call, {"pandas": pd})
    assert table.to_numpy().tolist() == [["00123", "-1/2"], ["7", "NA"], ["", "=1+1"]]
