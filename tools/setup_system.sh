#!/bin/sh
# Installs the Debian packages that are given, or those that `make test-matrix`, `netns-test`, `lint` and `clean-room` use.
set -eu
packages=${*:-redis-server lua-check debootstrap haproxy keepalived iproute2 iptables util-linux openssl prometheus faketime}
missing=""
for package in $packages; do
    dpkg-query --show --showformat='${Status}' "$package" 2>/dev/null | grep -q ' installed$' || missing="$missing $package"
done
[ -n "$missing" ] || { echo "installed already: $packages"; exit 0; }
[ "$(id -u)" = 0 ] && sudo="" || sudo=sudo
$sudo apt-get update -qq
# shellcheck disable=SC2086 # words
$sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing </dev/null
# Tests start servers of their own; those that the packages start are of no use.
for package in redis-server haproxy keepalived prometheus docker.io; do
    case "$missing" in *$package*) $sudo service "${package%.io}" stop >/dev/null 2>&1 || true ;; esac
done
