"""Every setting and every limit, by name. Each field is `TABLECAST_` + its name in capitals."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

if TYPE_CHECKING:
    from environs import Env

KIB = 1024
MIB = 1024 * KIB
GIB = 1024 * MIB

Network = IPv4Network | IPv6Network


@dataclass(frozen=True, kw_only=True)
class Config:
    """The frozen settings of one process. Sizes are bytes, times are seconds."""

    # Limits that the OpenAPI document promises, and so not settings.
    default_page_rows: ClassVar[int] = 100
    max_page_rows: ClassVar[int] = 1_000
    max_title_characters: ClassVar[int] = 200
    max_filename_characters: ClassVar[int] = 255

    host: str = "127.0.0.1"
    port: int = 8888
    processes: int = 1
    data_dir: Path = Path("data")
    database_url: str = ""
    """Empty: SQLite files under `data_dir`."""
    public_url: str = ""
    """Where a proxy changes `Host`: the address whose pages are our own."""
    trusted_proxies: str = ""
    """Addresses and networks whose `X-Forwarded-*` headers are believed."""
    secret: str = field(default="", repr=False)
    """Empty: a secret is made once and kept in the database."""
    log_level: str = "INFO"
    log_json: bool = False

    max_upload_bytes: int = 16 * GIB
    max_json_bytes: int = 1 * MIB
    segment_bytes: int = 1 * MIB
    first_segment_bytes: int = 64 * KIB
    inspect_bytes: int = 4 * MIB
    inspect_whole_bytes: int = 64 * MIB
    inspections_at_once: int = 2
    upload_idle_s: float = 60.0
    upload_expiry_s: float = 86_400.0
    idempotency_s: float = 86_400.0
    max_wait_s: float = 60.0

    max_page_bytes: int = 32 * MIB
    page_cache_bytes: int = 64 * MIB
    row_group_cache_bytes: int = 128 * MIB
    metadata_cache_entries: int = 4_096
    file_cache_bytes: int = 8 * GIB

    query_workers: int = 2
    queries_per_worker: int = 2
    queries_waiting: int = 512
    query_threads: int = 2
    query_timeout_s: float = 30.0
    query_memory_bytes: int = 512 * MIB
    query_resident_bytes: int = 1_536 * MIB
    query_scratch_bytes: int = 8 * GIB
    query_cache_bytes: int = 8 * GIB
    summary_cache_bytes: int = 16 * MIB
    max_summary_columns: int = 2_000
    chart_cache_bytes: int = 8 * MIB
    query_built_cells: int = 500_000

    export_timeout_s: float = 300.0
    export_cache_bytes: int = 4 * GIB
    export_threads: int = 2
    max_streamed_exports: int = 64
    download_stall_s: float = 60.0

    database_threads: int = 8
    bulk_threads: int = 4
    database_busy_s: float = 30.0

    ingest_workers: int = 1
    early_readings: int = 1
    early_reading_bytes: int = 8 * MIB
    ingest_memory_bytes: int = 700 * MIB
    ingest_address_space_bytes: int = 4 * GIB
    ingest_cpu_s: float = 600.0
    ingest_wall_s: float = 1_200.0
    ingest_output_bytes: int = 16 * GIB
    # What a small file may cost of these, and how much more a larger one.
    ingest_base_s: float = 25.0
    ingest_s_per_mib: float = 1.25
    ingest_base_output_bytes: int = 1 * GIB
    ingest_output_per_byte: int = 20
    max_columns: int = 16_384
    max_sheets: int = 1_000
    max_cell_bytes: int = 32 * MIB
    lease_s: float = 15.0
    max_attempts: int = 20
    interrupted_s: float = 86_400.0
    max_parser_deaths: int = 2
    sweep_every_s: float = 3_600.0
    orphan_age_s: float = 86_400.0

    heartbeat_s: float = 25.0
    change_interval_s: float = 0.25
    viewers_every_s: float = 2.0
    presenter_lease_s: float = 60.0
    max_shares_per_channel: int = 128
    subscriber_buffer_bytes: int = 256 * KIB
    subscriber_stall_s: float = 30.0
    max_subscribers: int = 0
    """0: what the limit of open files has room for."""
    shutdown_s: float = 30.0

    @classmethod
    def from_env(cls) -> Config:
        """Read `TABLECAST_*`; a value of the wrong kind raises environs.EnvError naming it."""
        # here, for the processes that read files and answer queries never get this far
        from environs import Env, EnvError

        env = Env()
        values: dict[str, Any] = {}
        with env.prefixed("TABLECAST_"):
            for setting in fields(cls):
                default = setting.default
                read = _readers(env)[type(default) if not isinstance(default, Path) else Path]
                values[setting.name] = read(setting.name.upper(), default)
        config = cls(**values)
        if config.processes < 1:
            raise EnvError("TABLECAST_PROCESSES: at least 1")
        try:
            config.proxy_networks()
        except ValueError as error:
            raise EnvError(f"TABLECAST_TRUSTED_PROXIES: {error}") from error
        return config

    def proxy_networks(self) -> list[Network]:
        """The trusted proxies; ValueError names what is neither an address nor a network."""
        named = filter(None, map(str.strip, self.trusted_proxies.split(",")))
        return [ip_network(each, strict=False) for each in named]

    @property
    def metadata_url(self) -> str:
        """The SQLAlchemy URL of the metadata database."""
        return self.database_url or f"sqlite:///{self.data_dir / 'tablecast.sqlite3'}"

    @property
    def blobs_url(self) -> str:
        """The SQLAlchemy URL of the blob database: a file of its own on SQLite."""
        return self.database_url or f"sqlite:///{self.data_dir / 'blobs.sqlite3'}"


def _readers(env: Env) -> dict[type, Any]:
    return {
        bool: env.bool,
        int: env.int,
        float: env.float,
        str: env.str,
        Path: env.path,
    }
