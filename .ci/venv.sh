#!/usr/bin/env bash
# Makes .venv with the locked packages and this project in it: `run` with what runs it, `dev` with what its developers
# need, too.  Usage: venv.sh run|dev [python3]
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
python=${2:-python3}
case $1 in
  run) list=requirements.lock ;;
  dev) list=requirements-dev.lock ;;
  *) echo "run or dev?" >&2; exit 2 ;;
esac
unset PYTHONPATH PYTHONHOME

command -v "$python" >/dev/null || { echo "There is no $python here; name one by: make PYTHON=…" >&2; exit 1; }
# Those that everything in the lists has a wheel for, as lock.sh has seen.
pythons=$(cat .ci/pythons)
# shellcheck disable=SC2086
"$python" -c 'import sys; sys.exit("%d.%d" % sys.version_info[:2] not in sys.argv)' $pythons || {
  echo "Graft can be set up with Python ${pythons// /, }, and not with $("$python" --version 2>&1)." \
    "Name another one by: make PYTHON=…" >&2
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
  echo "Making .venv …"
  rm -rf .venv
  "$python" -m venv .venv
fi

echo "Installing the $(grep -c '==' "$list") packages of $list into .venv …"
.ci/locked.sh install .venv/bin/python "$list"
if [ "$list" = requirements.lock ]; then
  .venv/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
fi
