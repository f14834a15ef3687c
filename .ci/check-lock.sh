#!/usr/bin/env bash
# Whether a clean clone will be set up some day as it is today: sets up empty environments from the lists alone, the way
# venv.sh does, and again where newer releases of everything are to be had.  Usage: check-lock.sh [python3]
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
python=${1:-python3}
list=requirements-dev.lock # and, by its first line, what runs Graft
unset PYTHONPATH PYTHONHOME

# What the oldest supported Python brought at its release, and the newest one when the lists were made.
pips='
pip==22.3.1 --hash=sha256:908c78e6bc29b676ede1c4d57981d490cb892eb45cd8c214ab6298125119e077
pip==26.3 --hash=sha256:f3b60b20ffaadd4415ed7957212a38ac63fa4c5fa375bd0f4a797777940fad13'

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
trap 'exit 130' INT TERM

fetch() { .ci/locked.sh download "$folder/env/bin/python" "$1" --quiet --dest "$2"; }
# name-version, as pip writes it: of each package in the lists; of each that pip would install
named() { sed -nE 's/^([A-Za-z0-9][A-Za-z0-9._-]*)(\[[^]]*\])?==([^ ]+).*/\1-\3/p' requirements.lock "$list" | alike; }
chosen() { sed -n 's/^Would install //p' "$1" | tr ' ' '\n' | alike; }
alike() { tr 'A-Z_' 'a-z-' | sort; }

echo "Fetching what the lists name …"
"$python" -m venv "$folder/env"
fetch "$list" "$folder/wheels"
while read -r pip; do
  if [ -n "$pip" ]; then
    echo "$pip" >"$folder/pip.lock"
    fetch "$folder/pip.lock" "$folder/pips"
  fi
done <<<"$pips"

echo "Installing that and nothing else into an empty environment …"
.ci/locked.sh install "$folder/env/bin/python" "$list" --quiet --no-index --find-links "$folder/wheels"
"$folder/env/bin/python" .ci/complete.py

"$python" .ci/later_releases.py "$folder/later" requirements.lock "$list"
"$python" -m venv --without-pip "$folder/bare"
for pip in "$folder"/pips/*.whl; do
  if ! PYTHONPATH=$pip "$folder/bare/bin/python" -m pip list >/dev/null 2>&1; then
    echo "This Python cannot run $(basename "$pip" -py3-none-any.whl), so nobody can meet it."
    continue
  fi
  echo "Asking $(basename "$pip" -py3-none-any.whl), with a newer release of everything beside what is locked …"
  PYTHONPATH=$pip .ci/locked.sh install "$folder/bare/bin/python" "$list" --dry-run --no-index \
    --find-links "$folder/wheels" --find-links "$folder/later" >"$folder/output"
  diff <(named) <(chosen "$folder/output") || {
    echo "The lists do not decide what is installed." >&2
    exit 1
  }
done
