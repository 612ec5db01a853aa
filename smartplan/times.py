"""What time it is, and how a moment is written for people."""

from datetime import UTC, datetime


def utc_now() -> datetime:
    """The wall clock."""
    return datetime.now(UTC)


def utc_text(moment: datetime) -> str:
    """``2026-11-22 14:05:00``; the moment is in UTC already."""
    return f"{moment:%Y-%m-%d %H:%M:%S}"
