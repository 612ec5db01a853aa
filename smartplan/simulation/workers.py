"""Where variants are evaluated: here, in processes of this machine, or on a Dask cluster.

The work is cut the same way everywhere, and each piece says the same wherever it is done: results
are equal to the last digit. A worker that dies loses nothing: its pieces are done again.
"""

import os
from collections.abc import Callable, Iterator, Sequence
from importlib import import_module
from typing import Any, Literal

from msgspec import Struct

from smartplan import __version__
from smartplan.diagnostics import with_extra
from smartplan.errors import ServiceError, UsageError
from smartplan.simulation.evaluation import Material, Setting, evaluated
from smartplan.simulation.study import VariantResult
from smartplan.simulation.variants import Variant

Backend = Literal["local", "dask"]
PATIENCE = "20s"
"""How long a scheduler is waited for."""
PIECES = 8
"""Pieces for each worker: enough to share the work evenly, and to show how far it is."""
LITTLE = 400
"""Runs that are done before processes are started."""
ROUNDS = 4
"""How often pieces of dead workers are handed out again, before they are done here."""
Piece = tuple[int, Sequence[Variant]]
Done = tuple[int, list[VariantResult]]


class Workers(Struct, frozen=True, kw_only=True):
    """``jobs`` processes here (``None``: one a core), or the workers of a ``scheduler``."""

    backend: Backend = "local"
    jobs: int | None = None
    scheduler: str | None = None

    def evaluate(
        self,
        setting: Setting,
        material: Material,
        variants: Sequence[Variant],
        progress: Callable[[int], None] = lambda _: None,
    ) -> list[VariantResult]:
        """Each variant, in order; ``progress`` is told how many more are done.

        Raises ``UsageError`` for a variant that cannot be, ``ServiceError`` for a lost cluster.
        """
        pieces = self._pieces(variants)
        done: dict[int, list[VariantResult]] = {}
        for number, results in self._all(setting, material, pieces):
            done[number] = results
            progress(len(results))
        return [result for number, _ in pieces for result in done[number]]

    def _pieces(self, variants: Sequence[Variant]) -> list[Piece]:
        size = max(1, len(variants) // (PIECES * self._count))
        return [(at, variants[at : at + size]) for at in range(0, len(variants), size)]

    @property
    def _count(self) -> int:
        return self.jobs or len(os.sched_getaffinity(0))

    def _all(self, setting: Setting, material: Material, pieces: Sequence[Piece]) -> Iterator[Done]:
        if self.backend == "dask":
            yield from _on_cluster(self.scheduler, setting, material, pieces)
            return
        past, held_out = setting.parts()
        starts = sum(len(part.starts(setting.walking.every)) for part in (past, held_out) if part)
        runs = starts * sum(len(some) for _, some in pieces)
        if self._count > 1 and len(pieces) > 1 and runs > LITTLE:
            yield from _in_processes(self._count, setting, material, pieces)
        else:
            yield from (_piece(setting, material, piece) for piece in pieces)


def _piece(setting: Setting, material: Material, piece: Piece) -> Done:
    number, variants = piece
    return number, evaluated(setting, material, variants)


def _in_processes(
    jobs: int, setting: Setting, material: Material, pieces: Sequence[Piece]
) -> Iterator[Done]:
    from joblib import Parallel, delayed
    from joblib.externals.loky.process_executor import BrokenProcessPool

    left = {number: (number, variants) for number, variants in pieces}
    for _ in range(ROUNDS):
        calls = [delayed(_piece)(setting, material, piece) for piece in left.values()]
        try:
            for number, results in Parallel(n_jobs=jobs, return_as="generator_unordered")(calls):
                del left[number]
                yield number, results
        except BrokenProcessPool:
            continue
        return
    yield from (_piece(setting, material, piece) for piece in list(left.values()))


def _on_cluster(
    scheduler: str | None, setting: Setting, material: Material, pieces: Sequence[Piece]
) -> Iterator[Done]:
    if scheduler is None:
        raise UsageError("--backend dask: which cluster? --scheduler tcp://HOST:8786")
    try:
        distributed: Any = import_module("distributed")
    except ImportError:
        raise UsageError("--backend dask needs Dask", hint=with_extra("cluster")) from None
    try:
        client = distributed.Client(scheduler, timeout=PATIENCE, set_as_default=False)
    except (OSError, ValueError) as error:
        raise ServiceError(f"no cluster answers at {scheduler}: {error}") from None
    with client:
        _check_versions(client)
        left = {number: (number, variants) for number, variants in pieces}
        for _ in range(ROUNDS):
            shared = client.scatter([setting, material], broadcast=True)
            calls = [client.submit(_piece, *shared, piece, pure=False) for piece in left.values()]
            for future in distributed.as_completed(calls, loop=client.loop):
                if future.status == "finished":
                    number, results = future.result()
                    del left[number]
                    yield number, results
                else:
                    _raise_ours(future.exception())
            if not left:
                return
    yield from (_piece(setting, material, piece) for piece in list(left.values()))


def _check_versions(client: Any) -> None:
    """Another version on a worker would say something else, and nobody would know."""
    try:
        found = client.run(_version)
    except Exception as error:  # noqa: BLE001  # whatever a worker raises comes here as it is
        raise ServiceError(
            f"the workers of the cluster cannot run smartplan: {error}",
            hint=f"install smartplan {__version__} where they run",
        ) from None
    if not found:
        raise ServiceError("the cluster has no worker")
    others = sorted({version for version in found.values() if version != __version__})
    if others:
        raise ServiceError(
            f"the workers of the cluster run smartplan {', '.join(others)}, here is {__version__}"
        )


def _version() -> str:
    return __version__


def _raise_ours(error: BaseException | None) -> None:
    """What is wrong with a variant is wrong everywhere; a lost worker's piece is done again."""
    if isinstance(error, UsageError):
        raise error
