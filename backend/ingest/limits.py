"""What one reading may cost."""

from __future__ import annotations

from dataclasses import dataclass, replace

from backend.config import MIB, Config


@dataclass(frozen=True, slots=True)
class Limits:
    """Bytes and seconds; each names the failure it leads to. Travels to the child as JSON.

    Time and output are what the largest file may cost; `for_file` says what one file may.
    """

    memory_bytes: int = Config.ingest_memory_bytes
    address_space_bytes: int = Config.ingest_address_space_bytes
    cpu_s: float = Config.ingest_cpu_s
    wall_s: float = Config.ingest_wall_s
    output_bytes: int = Config.ingest_output_bytes
    base_s: float = Config.ingest_base_s
    s_per_mib: float = Config.ingest_s_per_mib
    base_output_bytes: int = Config.ingest_base_output_bytes
    output_per_byte: int = Config.ingest_output_per_byte
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
            base_s=config.ingest_base_s,
            s_per_mib=config.ingest_s_per_mib,
            base_output_bytes=config.ingest_base_output_bytes,
            output_per_byte=config.ingest_output_per_byte,
            max_columns=config.max_columns,
            max_sheets=config.max_sheets,
            max_cell_bytes=config.max_cell_bytes,
        )

    def for_file(self, size: int) -> Limits:
        """What a file of `size` bytes may cost.

        Up to 20 MiB it is the same for all, so that a small file which becomes a large one is
        stopped within half a minute.
        """
        seconds = max(self.base_s, self.s_per_mib * size / MIB)
        return replace(
            self,
            cpu_s=min(self.cpu_s, seconds),
            wall_s=min(self.wall_s, seconds),
            output_bytes=min(
                self.output_bytes, self.base_output_bytes + self.output_per_byte * size
            ),
        )
