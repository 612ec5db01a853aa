"""A PostgreSQL database: reached, brought up to date, its errors explained.

Nothing here lasts longer than a transaction on the server's side (no session setting, no session
lock, no prepared statement), so that it works behind a pooler.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from smartplan.diagnostics import with_extra
from smartplan.errors import UsageError
from smartplan.origins import is_loopback
from smartplan.redaction import Redaction
from smartplan.resource import Resource
from smartplan.state.store import StoreUnusable
from smartplan.state.tables import Connection, Row, Rows, check_version, migrations
from smartplan.state.url import POSTGRES_SCHEMES, is_plain

try:
    import psycopg
    from psycopg import pq
    from psycopg.conninfo import conninfo_to_dict
except ImportError as missing:
    raise UsageError(
        "A store in PostgreSQL needs psycopg, which is not installed.",
        hint=with_extra("postgres"),
    ) from missing

SCHEMA = "smartplan"
_MIGRATING = 0x736D617274706C6E  # any number, the same for every smartplan
_STATEMENT_MILLISECONDS = 30_000
_PROVEN = "verify-full"
_CONNECTING: Mapping[str, str] = {
    "application_name": "smartplan",
    "connect_timeout": "10",
    # A server that has gone without a word is noticed.
    "keepalives_idle": "10",
    "keepalives_interval": "5",
    "keepalives_count": "3",
    "tcp_user_timeout": "30000",
}
_LOCAL = (
    f"SELECT set_config('search_path', '{SCHEMA}, pg_temp', true),"
    " set_config('synchronous_commit', 'on', true),"
    f" set_config('statement_timeout', '{_STATEMENT_MILLISECONDS}', true)"
)
_WRITABLE = (
    "SELECT pg_is_in_recovery() OR current_setting('default_transaction_read_only') = 'on',"
    " has_table_privilege('event', 'INSERT') AND has_table_privilege('claim', 'INSERT, DELETE')"
    " AND has_table_privilege('lease', 'INSERT, UPDATE')"
)


class _Translated:
    """Takes the ``?`` of the shared statements for values."""

    def __init__(self, connection: "psycopg.Connection[Row]") -> None:
        self._connection = connection

    def execute(self, sql: str, values: Sequence[object] = (), /) -> Rows:
        # Only the constants of this package come here as text.
        return self._connection.execute(sql.replace("?", "%s").encode(), values)


class PostgresDatabase(Resource):
    """One connection to the database of ``url``; ``migrate`` brings older tables up to date.

    ``problem`` says why it can only be read; ``None`` when it can be written.
    """

    def __init__(self, url: str, *, migrate: bool = False) -> None:
        arguments = _arguments(url)
        self.place = _place(arguments)
        self._redaction = Redaction(*_passwords(arguments))
        self.problem: str | None = None
        self._migrations = migrations("postgres")
        with self._explained():
            self._connection = psycopg.connect(
                "",
                autocommit=True,
                prepare_threshold=None,
                **arguments,  # type: ignore[arg-type]  # libpq's own keywords, all of them text
            )
            try:
                self._connection.isolation_level = psycopg.IsolationLevel.READ_COMMITTED
                self._set_up(migrate=migrate)
            except BaseException:
                self._connection.close()
                raise

    @property
    def version(self) -> int:
        """The number of the last migration that was applied."""
        return int(self.rows("SELECT COALESCE(MAX(number), 0) FROM migration")[0][0])

    @property
    def alive(self) -> bool:
        """Whether the connection still answers."""
        try:
            self._connection.execute("SELECT 1")
        except psycopg.Error:
            return False
        return True

    def rows(self, sql: str, *values: object) -> list[Row]:
        """The rows of a query."""
        with self._inside() as connection:
            return connection.execute(sql, values).fetchall()

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """Writes that are durable together when the block ends, or never happened."""
        if self.problem is not None:
            raise StoreUnusable(self.problem, hint="Whatever changes a trade needs its store.")
        with self._inside() as connection:
            yield connection

    def close(self) -> None:
        """Let go of the connection."""
        self._connection.close()

    @contextmanager
    def _inside(self) -> Iterator[Connection]:
        with self._explained(), self._connection.transaction():
            self._connection.execute(_LOCAL)
            yield _Translated(self._connection)

    @contextmanager
    def _explained(self) -> Iterator[None]:
        """Turn the driver's errors into sentences, without a password that the server repeats."""
        try:
            yield
        except psycopg.Error as error:
            if error.pgconn is not None:
                self._redaction.learn((error.pgconn.password or b"").decode("utf-8", "replace"))
            said = " ".join(self._redaction.text(str(error)).split()) or type(error).__name__
            raise StoreUnusable(
                f"The store {self.place} cannot be used: {said}.".replace("..", "."),
                hint="`smartplan state check` says more.",
            ) from error

    def _set_up(self, *, migrate: bool) -> None:
        fresh = self.rows(f"SELECT to_regclass('{SCHEMA}.migration') IS NULL")[0][0]
        if fresh or migrate:
            self._migrate()
        check_version(self.place, self.version, len(self._migrations))
        standby, permitted = self.rows(_WRITABLE)[0]
        if standby or not permitted:
            reason = "the server takes no writes" if standby else "this role may only read"
            self.problem = f"The store {self.place} cannot be written: {reason}."

    def _migrate(self) -> None:
        with self._inside() as connection:
            # One at a time; this lock ends with its transaction.
            connection.execute("SELECT pg_advisory_xact_lock(?)", (_MIGRATING,))
            (missing,) = connection.execute(
                f"SELECT to_regnamespace('{SCHEMA}') IS NULL"
            ).fetchone()
            if missing:
                connection.execute(f"CREATE SCHEMA {SCHEMA}")
            connection.execute(
                "CREATE TABLE IF NOT EXISTS migration"
                " (number INTEGER PRIMARY KEY, at TIMESTAMPTZ NOT NULL DEFAULT clock_timestamp())"
            )
            done = {row[0] for row in connection.execute("SELECT number FROM migration").fetchall()}
            for number, script in enumerate(self._migrations, start=1):
                if number not in done:
                    self._connection.execute(script)
                    connection.execute("INSERT INTO migration (number) VALUES (?)", (number,))


def _arguments(url: str) -> dict[str, str]:
    """What libpq is told. Nothing between here and the server may read along or answer for it.

    libpq fills what the URL leaves out from ``PG…`` variables and service files. Whatever comes of
    that is judged, and said to it, so that it cannot go elsewhere.
    """
    given = _parsed(url)
    if not {"service", "servicefile"}.isdisjoint(given):
        raise UsageError(
            "The URL of the store names a service file, which could lead anywhere.",
            hint="Write host and database into the URL itself.",
        )
    filled = _usual() | given
    where: dict[str, str] = {
        key: filled[key] for key in ("host", "hostaddr", "port") if key in filled
    }
    arguments = {**_CONNECTING, **given, **where}
    if _is_local(filled):
        return arguments
    if given.get("sslmode", _PROVEN) != _PROVEN:
        raise UsageError(
            f"The store is not on this machine, so sslmode={given['sslmode']} is refused: its"
            f" server has to prove who it is (sslmode={_PROVEN}).",
            hint="Leave sslmode out; sslrootcert=FILE trusts authorities of your own.",
        )
    # GSS would be tried first, and then the certificate is never looked at.
    arguments |= {"sslmode": _PROVEN, "gssencmode": "disable"}
    arguments.setdefault("sslrootcert", filled.get("sslrootcert", "system"))
    return arguments


def _parsed(url: str) -> dict[str, str]:
    scheme = next((scheme for scheme in POSTGRES_SCHEMES if url.startswith(scheme)), "")
    try:
        if not is_plain(url):
            raise psycopg.ProgrammingError
        given = conninfo_to_dict(f"postgresql://{url.removeprefix(scheme)}")
    except psycopg.Error:
        raise UsageError(
            "The URL of the store cannot be read.",
            hint="It is like postgresql+psycopg://user@host:5432/database; in a password, @ is %40,"
            " / is %2F, : is %3A and ? is %3F.",
        ) from None
    return {key: str(value) for key, value in given.items()}


def _is_local(arguments: Mapping[str, str]) -> bool:
    """Whether no name and no address of any of the servers leads off this machine."""
    hosts, addresses = (arguments.get(key, "").split(",") for key in ("host", "hostaddr"))
    return all(map(_is_local_host, hosts)) and all(map(_is_local_host, addresses))


def _is_local_host(host: str) -> bool:
    """A loopback address, or a socket of this machine, which is what libpq takes nothing for."""
    return not host or host.startswith(("/", "@")) or is_loopback(host)


def _passwords(arguments: Mapping[str, str]) -> list[str]:
    words = ("password", "sslpassword")
    return [known.get(word, "") for known in (_usual(), arguments) for word in words]


def _usual() -> dict[str, str]:
    """What libpq takes where it is told nothing: from variables, a service file, its own."""
    options = pq.Conninfo.get_defaults()
    return {
        option.keyword.decode(): option.val.decode("utf-8", "replace")
        for option in options
        if option.val
    }


def _place(arguments: Mapping[str, str]) -> str:
    """The store in messages: never with a password."""
    host, port = arguments.get("host", ""), arguments.get("port", "")
    database = arguments.get("dbname", "")
    return f"postgresql://{host}{':' if port else ''}{port}/{database}"
