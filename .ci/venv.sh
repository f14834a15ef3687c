#!/usr/bin/env bash
# Makes .venv with the locked dependencies and this project in it.  Usage: venv.sh [python3]
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
python=${1:-python3}

# What a user's pip may be told elsewhere has no place here.
unset PIP_TARGET PIP_PREFIX PIP_REQUIREMENT PIP_CONSTRAINT PYTHONPATH PYTHONHOME
export PIP_USER=0 PIP_NO_INPUT=1 PIP_DISABLE_PIP_VERSION_CHECK=1

"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || {
  echo "Graft needs Python 3.11 or newer; name one by: make PYTHON=…" >&2
  exit 1
}

if ! .venv/bin/python -m pip --version >/dev/null 2>&1; then
  if ! "$python" -c 'import ensurepip' 2>/dev/null; then
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
      apt-get update --quiet </dev/null
      DEBIAN_FRONTEND=noninteractive apt-get install --quiet --yes --no-install-recommends python3-venv </dev/null
    else
      echo "Python cannot make virtual environments here yet. Run: sudo apt-get install python3-venv" >&2
      exit 1
    fi
  fi
  rm -rf .venv
  "$python" -m venv .venv
fi

echo "Installing what requirements.lock names into .venv …"
.venv/bin/python -m pip install --quiet --require-hashes --requirement requirements.lock
.venv/bin/python -m pip install --quiet --no-deps --no-build-isolation --editable .
