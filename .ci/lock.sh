#!/usr/bin/env bash
# Resolves pyproject.toml anew into two lists, with hashes and without the address of any registry: requirements.lock has
# what runs Graft, requirements-dev.lock what its developers need beside that.  Usage: lock.sh [python3]
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

tools=$(mktemp -d)
trap 'rm -rf "$tools"' EXIT
"${1:-python3}" -m venv "$tools/venv"
"$tools/venv/bin/python" -m pip install --quiet --disable-pip-version-check pip-tools

resolve() {
  "$tools/venv/bin/pip-compile" --quiet --generate-hashes --no-emit-index-url --no-emit-find-links \
    --no-emit-trusted-host --no-emit-options --no-header --no-strip-extras --allow-unsafe "$@" pyproject.toml
}

# a package that runs Graft has one version in both: the second list is resolved within the first
resolve --build-deps-for editable --output-file requirements.lock
resolve --extra dev --constraint requirements.lock --output-file requirements-dev.lock
{
  echo "-r requirements.lock"
  awk '/^[^ ]/ { name = $1; sub(/(\[|=).*/, "", name); known = name in first; if (NR == FNR) first[name] = 1 }
       NR != FNR && !known' requirements.lock requirements-dev.lock
} >"$tools/rest"
cp "$tools/rest" requirements-dev.lock

if grep -n '://' requirements.lock requirements-dev.lock; then
  echo "a list names an address" >&2
  exit 1
fi

# What is locked must be there as a wheel; where it is not, a package or a Python has to go.
for version in $(cat .ci/pythons); do
  for machine in x86_64 aarch64; do
    echo "Looking for wheels for Python $version on $machine …"
    systems=()
    for system in manylinux_2_{34,31,28,27,26,24,17,12,5} manylinux{2014,2010,1} linux; do
      systems+=(--platform "${system}_$machine")
    done
    .ci/locked.sh install "$tools/venv/bin/python" requirements-dev.lock --quiet --dry-run --target "$tools/none" \
      --implementation cp --python-version "$version" "${systems[@]}"
  done
done
