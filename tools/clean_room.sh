#!/bin/sh
# Runs `make demo` and `make test` in an empty Debian 12: python3 with venv, git, make and CA
# certificates, nothing else. Takes the project's last commit. Where pip gets its packages
# is the caller's business: its settings and certificates are passed through.
set -eu
cd "$(dirname "$0")/.."
project=$(pwd)
[ "$(id -u)" = 0 ] || { echo "clean-room needs root" >&2; exit 1; }
command -v debootstrap >/dev/null || { echo "debootstrap is missing: make setup-system" >&2; exit 1; }
command -v unshare >/dev/null || { echo "unshare is missing" >&2; exit 1; }
if [ -z "${ACD_CLEAN_ROOM:-}" ]; then
    # Mounts of its own, which end with it.
    ACD_CLEAN_ROOM=$(mktemp -d) exec unshare --mount "$project/tools/clean_room.sh" "$@"
fi
room=$ACD_CLEAN_ROOM
targets=${*:-demo test}
trap 'cd /; umount -R "$room/proc" "$room/dev" 2>/dev/null || true; rm -rf --one-file-system "$room"' EXIT

echo "=== making an empty Debian"
debootstrap --variant=minbase --include=python3,python3-venv,git,make,ca-certificates bookworm "$room" >"$room.log" 2>&1 ||
    { tail -n 20 "$room.log"; exit 1; }
rm -f "$room.log"
mount -t proc proc "$room/proc"
mount -t tmpfs tmpfs "$room/dev"
mkdir "$room/dev/shm"
for device in null zero urandom random; do touch "$room/dev/$device"; mount --bind "/dev/$device" "$room/dev/$device"; done
cp /etc/resolv.conf /etc/hosts "$room/etc/" 2>/dev/null || true

# pip's settings, the certificates they name, folders of wheels; nothing else of this machine.
keep() { [ ! -e "$1" ] || { mkdir -p "$room/$(dirname "$1")"; cp -RL "$1" "$room/$(dirname "$1")/"; }; }
keep /etc/pip.conf
keep "$HOME/.config/pip/pip.conf"
keep "$HOME/.pip/pip.conf"
for name in PIP_CONFIG_FILE PIP_CERT SSL_CERT_FILE REQUESTS_CA_BUNDLE PIP_FIND_LINKS; do
    eval "value=\${$name:-}"
    case "$value" in /*) keep "$value" ;; esac
done
settings=$(env | grep -E '^(PIP_[A-Z_]*|SSL_CERT_FILE|REQUESTS_CA_BUNDLE|[a-z]+_proxy|[A-Z]+_PROXY)=' || true)

git clone --quiet --no-hardlinks "$project" "$room/root/acd"
run() {
    echo "=== $*"
    # shellcheck disable=SC2046,SC2086 # settings are words without blanks
    env -i HOME=/root PATH=/usr/sbin:/usr/bin:/sbin:/bin TERM=dumb LANG=C.UTF-8 $settings \
        chroot "$room" sh -c "cd /root/acd && $*" </dev/null
}
status=0
for target in $targets; do
    begun=$(date +%s)
    log=$(mktemp)
    run make --no-print-directory "$target" >"$log" 2>&1 && result=0 || result=$?
    [ $result -eq 0 ] || status=1
    [ $result -eq 0 ] && lines=40 || lines=200
    tail -n "$lines" "$log"
    rm -f "$log"
    echo "=== clean room, make $target: exit $result after $(($(date +%s) - begun)) s"
done
exit $status
