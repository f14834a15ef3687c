"""Makes a newer wheel beside each locked one, with nothing in it: what an index may hold some day.

Usage: python .ci/later_releases.py folder list …
"""

import re
import sys
import zipfile
from pathlib import Path

_LATER = "99999"


def make(name: str, folder: Path) -> None:
    stem = re.sub(r"[-_.]+", "_", name).lower()
    about = f"{stem}-{_LATER}.dist-info"
    files = {
        f"{about}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {_LATER}\n",
        f"{about}/WHEEL": "Wheel-Version: 1.0\nGenerator: graft\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{about}/RECORD": "".join(f"{about}/{part},,\n" for part in ("METADATA", "WHEEL", "RECORD")),
    }
    with zipfile.ZipFile(folder / f"{stem}-{_LATER}-py3-none-any.whl", "w") as wheel:
        for path, text in files.items():
            wheel.writestr(path, text)


def main(folder: str, *lists: str) -> None:
    Path(folder).mkdir(parents=True)
    for text in (Path(name).read_text() for name in lists):
        for name in re.findall(r"^([A-Za-z0-9][\w.-]*).*==", text, re.MULTILINE):
            make(name, Path(folder))


if __name__ == "__main__":
    main(*sys.argv[1:])
