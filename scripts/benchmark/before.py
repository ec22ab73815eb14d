"""The integration as it was at another revision, unpacked beside this one: what the integration of now is compared with."""

import io
import shutil
import subprocess
import tarfile

from .bench_host import FOLDER, ROOT
from .charger import Charger
from .v16_charger import V16Charger
from .v201_charger import V201Charger

TREE = FOLDER / "before"  # holds custom_components/ of the other revision, for the time of a run


class RevisionError(Exception):
    """Git cannot give that revision; the message says why."""


def unpack(revision: str) -> str:
    """Write the integration of a revision to `TREE` and return the revision's short hash. Raises RevisionError.

    `git archive` only reads, so that neither the working tree nor git's list of work trees remembers an interrupted run.
    """
    name = _git("rev-parse", "--short", "--end-of-options", f"{revision}^{{commit}}").decode().strip()
    remove()
    with tarfile.open(fileobj=io.BytesIO(_git("archive", name, "custom_components"))) as archive:
        archive.extractall(TREE, filter="data")
    return name


def served() -> tuple[type[Charger], ...]:
    """Return the charge points that the integration of the unpacked revision lets in: it has begun with 1.6 alone."""
    has_versions = (TREE / "custom_components" / "ocpp_csms" / "csms" / "versions.py").exists()
    return (V16Charger, V201Charger) if has_versions else (V16Charger,)


def remove() -> None:
    """Delete what was unpacked."""
    shutil.rmtree(TREE, ignore_errors=True)


def _git(*arguments: str) -> bytes:
    command = ["git", *arguments]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, check=False)  # noqa: S603 - a revision, no shell
    if done.returncode:
        raise RevisionError(done.stderr.decode().strip())
    return done.stdout
