"""What the HTTP library tells a log, should somebody listen: without our secrets."""

import logging

from smartplan.redaction import Redaction

_LOGGERS = ("httpx", "httpcore.connection", "httpcore.http11", "httpcore.proxy")


class WireLog(logging.Filter):
    """Covers the lines of the library's loggers while it is attached to them."""

    def __init__(self, redaction: Redaction) -> None:
        super().__init__()
        self._redaction = redaction
        for name in _LOGGERS:
            logging.getLogger(name).addFilter(self)

    def filter(self, record: logging.LogRecord) -> bool:
        """See ``logging.Filter``; every line passes, and quotes no exception."""
        record.msg, record.args = self._redaction.text(record.getMessage()), None
        record.exc_info = record.exc_text = None
        return True

    def close(self) -> None:
        """Let the loggers go."""
        for name in _LOGGERS:
            logging.getLogger(name).removeFilter(self)
