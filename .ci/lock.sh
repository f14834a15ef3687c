#!/usr/bin/env bash
# Resolves pyproject.toml into requirements.lock: with hashes, and without the address of any registry.
# Usage: lock.sh [python3]
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

tools=$(mktemp -d)
trap 'rm -rf "$tools"' EXIT
"${1:-python3}" -m venv "$tools"
"$tools/bin/python" -m pip install --quiet --disable-pip-version-check pip-tools
"$tools/bin/pip-compile" --quiet --generate-hashes --no-emit-index-url --no-emit-find-links --no-emit-trusted-host \
  --no-emit-options --no-header --strip-extras --allow-unsafe --extra dev --output-file requirements.lock pyproject.toml
if grep -n '://' requirements.lock; then
  echo "requirements.lock names an address" >&2
  exit 1
fi
