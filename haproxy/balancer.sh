#!/bin/bash
# HAProxy and Keepalived as one: when either ends, so does the other, and the container is started anew.
# Variables: see haproxy.cfg and keepalived.sh. ACD_LB_RUN: a folder for sockets and pid files.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
run=${ACD_LB_RUN:-/run/acd}
export ACD_LB_SOCKET=${ACD_LB_SOCKET:-$run/haproxy.sock}
"$here/keepalived.sh" >"$run/keepalived.conf"
# After kill -9 the files name processes that may be others by now, and it would not start.
rm -f "$run/keepalived.pid" "$run/vrrp.pid"

haproxy -db -f "$here/haproxy.cfg" &
haproxy=$!
keepalived --dont-fork --log-console --log-detail --vrrp --use-file="$run/keepalived.conf" \
    --pid="$run/keepalived.pid" --vrrp_pid="$run/vrrp.pid" &
keepalived=$!

stop() {
    # The address first: the other balancer has it within 0.1 s, and new connections go there.
    kill -TERM "$keepalived" 2>/dev/null || true
    wait "$keepalived" 2>/dev/null || true
    kill -TERM "$haproxy" 2>/dev/null || true
    wait "$haproxy" 2>/dev/null || true
}
stopping=0
trap 'stopping=1' TERM INT
ended=0
wait -n "$haproxy" "$keepalived" || ended=$?
stop
[ "$stopping" = 1 ] || echo "balancer: HAProxy or Keepalived ended with $ended" >&2
[ "$stopping" = 1 ]
