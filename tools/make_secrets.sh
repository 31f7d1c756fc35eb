#!/bin/sh
# Lays the secrets of a stack in a folder, new and random, one file each; what is there already stays.
# Needs nothing but a POSIX system. The folder is closed to others; the files are not, since in their
# containers they are read by a user that this machine does not know.
set -eu
folder=${1:-"$(dirname "$0")/../secrets"}
umask 022
mkdir -p "$folder"
chmod 700 "$folder"
random() { head -c 32 /dev/urandom | od -An -v -tx1 | tr -d ' \n'; }
fresh() { [ -s "$folder/$1" ] || { printf '%s\n' "$2" >"$folder/$1"; echo "made $folder/$1"; }; }
for user in nodes servers operator; do fresh "store_${user}_password" "$(random)"; done
fresh dispatcher_token "acd_$(random)"
fresh operator_token "acd_$(random)"
if [ ! -s "$folder/tokens.toml" ]; then
    # Servers know only what the tokens hash to.
    for role in dispatcher operator; do
        hash=$(tr -d '\n' <"$folder/${role}_token" | sha256sum | cut -d' ' -f1)
        printf '[[tokens]]\nsha256 = "%s"\nrole = "%s"\ncenter = "*"\n\n' "$hash" "$role"
    done >"$folder/tokens.toml"
    echo "made $folder/tokens.toml"
fi
