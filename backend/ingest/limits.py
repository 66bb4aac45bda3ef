"""What one reading may cost."""

from __future__ import annotations

from dataclasses import dataclass

from backend.config import Config


@dataclass(frozen=True, slots=True)
class Limits:
    """Bytes and seconds; each names the failure it leads to. Travels to the child as JSON."""

    memory_bytes: int = Config.ingest_memory_bytes
    address_space_bytes: int = Config.ingest_address_space_bytes
    cpu_s: float = Config.ingest_cpu_s
    wall_s: float = Config.ingest_wall_s
    output_bytes: int = Config.ingest_output_bytes
    max_columns: int = Config.max_columns
    max_sheets: int = Config.max_sheets
    max_cell_bytes: int = Config.max_cell_bytes

    @classmethod
    def from_config(cls, config: Config) -> Limits:
        """The limits the server was configured with."""
        return cls(
            memory_bytes=config.ingest_memory_bytes,
            address_space_bytes=config.ingest_address_space_bytes,
            cpu_s=config.ingest_cpu_s,
            wall_s=config.ingest_wall_s,
            output_bytes=config.ingest_output_bytes,
            max_columns=config.max_columns,
            max_sheets=config.max_sheets,
            max_cell_bytes=config.max_cell_bytes,
        )
