#!/usr/bin/env bash
# Runs a command with GRAFT_TEST_DATABASE_URL naming a throw-away server of Debian's PostgreSQL, made for it alone.
# Usage: debian-postgres.sh command …
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

programs() { ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort --version-sort | tail -1 || true; }

if [ -z "$(programs)" ] && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
  echo "Installing Debian's PostgreSQL …"
  export DEBIAN_FRONTEND=noninteractive
  apt-get update --quiet </dev/null
  apt-get install --quiet --yes --no-install-recommends postgresql-common </dev/null
  # the package would make a cluster of its own and start it
  sed -i 's/^#\?create_main_cluster.*/create_main_cluster = false/' /etc/postgresql-common/createcluster.conf
  apt-get install --quiet --yes --no-install-recommends postgresql </dev/null
fi
bin=$(programs)
if [ -z "$bin" ]; then
  echo "Debian's PostgreSQL is not here; install it by: sudo apt-get install postgresql" >&2
  if [ "${CI:-}" = true ]; then exit 1; fi
  echo "SKIPPED: the database tests on Debian's PostgreSQL" >&2
  exit 0
fi

# PostgreSQL refuses to run as root.
as_owner=()
if [ "$(id -u)" = 0 ]; then as_owner=(runuser -u postgres --); fi

# In memory where there is room: nobody needs these data after the run.
base=/tmp
if [ -w /dev/shm ] && [ "$(df --output=avail -k /dev/shm | tail -1)" -gt 1048576 ]; then base=/dev/shm; fi
folder=$(mktemp -d "$base/graft-debian-XXXXXX")
if [ "$(id -u)" = 0 ]; then chown postgres "$folder"; fi

stop() {
  status=$?
  cd "$folder"
  "${as_owner[@]}" "$bin/pg_ctl" stop -D "$folder/data" -m immediate --silent || true
  rm -rf "$folder"
  exit "$status"
}
trap stop EXIT
trap 'exit 130' INT TERM

# Only a socket, in a directory that nobody else can enter.
options="-k $folder -c listen_addresses= -c port=5432 -c max_connections=200 -c log_min_messages=log"
options+=" -c fsync=off -c synchronous_commit=off -c full_page_writes=off"
cd "$folder" # the server's user may not be able to enter ours
"${as_owner[@]}" "$bin/initdb" -D data --username=postgres --auth=trust --encoding=UTF8 --locale=C.UTF-8 --no-sync >/dev/null
"${as_owner[@]}" "$bin/pg_ctl" start -D data -l log -o "$options" -w --silent || { cat log >&2; exit 1; }
cd "$OLDPWD"

"$bin/postgres" --version
GRAFT_TEST_DATABASE_URL="postgresql://postgres@/postgres?host=$folder&port=5432" "$@"
