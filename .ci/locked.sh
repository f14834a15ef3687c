#!/usr/bin/env bash
# Installs or downloads exactly what a list of locked packages names: nothing is resolved and nothing is built, so what
# comes out depends neither on what was released since nor on the age of pip.
# Usage: locked.sh install|download python list [options of pip …]
set -euo pipefail
verb=$1 python=$2 list=$3
shift 3

# What a user's pip may be told elsewhere has no place here.
unset PIP_TARGET PIP_PREFIX PIP_REQUIREMENT PIP_CONSTRAINT PYTHONHOME
export PIP_USER=0 PIP_NO_INPUT=1 PIP_DISABLE_PIP_VERSION_CHECK=1

exec "$python" -m pip "$verb" --no-deps --require-hashes --only-binary :all: --requirement "$list" "$@"
