"""Where MongoDB and Redis are, where files go, and how much work is done at a time."""

from pathlib import Path

from pydantic import BaseModel, Field, SecretStr


class ServerSettings(BaseModel):
    """The servers below Ciclo, and the batches of its workers."""

    mongo_url: SecretStr
    mongo_database: str = Field(default="ciclo", pattern=r"^[A-Za-z0-9_-]{1,38}$")
    mongo_pool_size_max: int = Field(default=50, ge=1, le=500)
    mongo_timeout_ms: int = Field(default=5_000, ge=100, le=60_000)
    redis_url: SecretStr
    stream_prefix: str = Field(default="ciclo", pattern=r"^[A-Za-z0-9_-]{1,40}$")
    data_dir: Path = Path(".ciclo")

    # Work in batches
    batch_events_max: int = Field(default=500, ge=1, le=5_000)
    claim_idle_ms_min: int = Field(default=30_000, ge=100, le=3_600_000)
    deliveries_max: int = Field(default=10, ge=3, le=100)
    tries_max: int = Field(default=5, ge=1, le=100)
    relay_interval_ms: int = Field(default=1_000, ge=10, le=60_000)
    scheduler_interval_ms: int = Field(default=1_000, ge=10, le=60_000)
    charges_concurrent_max: int = Field(default=16, ge=1, le=256)
