#!/bin/sh
# Installs the Debian packages that `make test-matrix`, `lint` and `clean-room` use.
set -eu
packages="redis-server lua-check debootstrap"
missing=""
for package in $packages; do
    dpkg-query --show --showformat='${Status}' "$package" 2>/dev/null | grep -q ' installed$' || missing="$missing $package"
done
[ -n "$missing" ] || { echo "installed already: $packages"; exit 0; }
[ "$(id -u)" = 0 ] && sudo="" || sudo=sudo
$sudo apt-get update -qq
# shellcheck disable=SC2086 # words
$sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing </dev/null
# Tests start servers of their own; the one that the package starts is in nobody's way, but of no use.
case "$missing" in *redis-server*) $sudo service redis-server stop >/dev/null 2>&1 || true ;; esac
