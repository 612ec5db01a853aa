"""A piece of work whose first worker is killed while it is at it, and a cluster to do it on."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from smartplan.simulation import workers

ROOT = Path(__file__).parents[1]
CLUSTER = """
import sys
from distributed import LocalCluster

if __name__ == "__main__":
    with LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None, host="127.0.0.1"
    ) as cluster:
        print(cluster.scheduler_address, flush=True)
        sys.stdin.read()
"""
honest = workers._piece


def piece(mark, setting, material, some):
    """Kills the process it is in, the first time it is done anywhere: then there is a mark."""
    try:
        mark.touch(exist_ok=False)
    except FileExistsError:
        return honest(setting, material, some)
    os.kill(os.getpid(), signal.SIGKILL)
    return None


@contextmanager
def cluster(folder: Path) -> Iterator[str]:
    """A scheduler with two workers, processes of their own; the address of the scheduler."""
    script = folder / "cluster.py"
    script.write_text(CLUSTER)
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    process = subprocess.Popen(
        [sys.executable, str(script)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env=environment,
        cwd=folder,
    )
    try:
        yield process.stdout.readline().strip()
    finally:
        process.communicate("", timeout=60)
