#!/bin/bash
# Whether HAProxy answers on its internal address (host:port) and is not stopping; the exit status says it.
set -eu
exec 3<>"/dev/tcp/${1%:*}/${1##*:}"
printf 'GET /alive HTTP/1.0\r\n\r\n' >&3
read -r -t 1 status <&3
[[ $status == *" 200 "* ]]
