"""Download the newest wheel of a package for this machine from PyPI and unpack it: for machines without pip.

Needs nothing but the standard library, and runs on the Python 3 that old systems carry.
"""

import hashlib
import io
import json
from pathlib import Path
import platform
import shutil
import sys
from urllib.parse import urljoin
from urllib.request import urlopen
import zipfile

SYSTEM_TAGS = {"Linux": "manylinux", "Darwin": "macosx"}


def download_wheel(package: str) -> bytes:
    """Return the package's newest wheel for this machine; exits with a message when there is none."""
    system, machine = platform.system(), platform.machine()
    page = f"https://pypi.org/pypi/{package}/json"
    with urlopen(page, timeout=60) as answer:
        files = json.load(answer)["urls"]
    for file in files:
        name = file["filename"]
        if name.endswith(".whl") and SYSTEM_TAGS.get(system, system) in name and machine in name:
            break
    else:
        sys.exit(f"PyPI has no wheel of {package} for {system} on {machine}.")
    # Mirrors of PyPI may give addresses relative to the page.
    with urlopen(urljoin(page, file["url"]), timeout=300) as answer:
        wheel: bytes = answer.read()
    if hashlib.sha256(wheel).hexdigest() != file["digests"]["sha256"]:
        sys.exit(f"{file['filename']} arrived damaged.")
    return wheel


def main(package: str, target: Path) -> None:
    """Unpack `package` into `target`, its programs into `target/bin` as pip would."""
    with zipfile.ZipFile(io.BytesIO(download_wheel(package))) as archive:
        archive.extractall(target)
    (target / "bin").mkdir(exist_ok=True)
    for script in target.glob("*.data/scripts/*"):
        program = target / "bin" / script.name
        shutil.move(str(script), str(program))
        program.chmod(0o755)


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
