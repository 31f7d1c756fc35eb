#!/bin/sh
# Lays certificates for docker-compose.tls.yml in a folder, and an authority of its own that vouches for them; what
# is there already stays. Needs openssl. ACD_NET: the first three numbers of the stack's network; ACD_FRONT: what
# else clients call the balancers, as openssl writes it (`DNS:acd.example,IP:192.0.2.7`); ACD_DAYS_VALID: for how long.
set -eu
folder=${1:-"$(dirname "$0")/../secrets"}
net=${ACD_NET:-172.30.77}
days=${ACD_DAYS_VALID:-365}
umask 022
mkdir -p "$folder"
chmod 700 "$folder"
new_key() { openssl ecparam -name prime256v1 -genkey -noout -out "$folder/$1.key"; }

if [ ! -s "$folder/ca.pem" ]; then
    new_key ca
    chmod 600 "$folder/ca.key" # no container has it
    openssl req -x509 -new -key "$folder/ca.key" -days $((days * 2)) -subj "/CN=acd authority" -out "$folder/ca.pem" \
        -addext basicConstraints=critical,CA:TRUE -addext keyUsage=critical,keyCertSign,cRLSign
    echo "made $folder/ca.pem"
fi

# issue NAME ADDRESSES…: NAME.pem, NAME.key, and both in NAME.both, as HAProxy wants them.
issue() {
    [ ! -s "$folder/$1.both" ] || return 0
    new_key "$1"
    openssl req -new -key "$folder/$1.key" -subj "/CN=$1" -out "$folder/$1.csr"
    printf 'subjectAltName=%s\nextendedKeyUsage=serverAuth,clientAuth\n' "$2" >"$folder/$1.ext"
    openssl x509 -req -in "$folder/$1.csr" -days "$days" -CA "$folder/ca.pem" -CAkey "$folder/ca.key" -CAcreateserial \
        -extfile "$folder/$1.ext" -out "$folder/$1.pem" 2>"$folder/$1.log" || { cat "$folder/$1.log" >&2; exit 1; }
    rm "$folder/$1.csr" "$folder/$1.ext" "$folder/$1.log"
    # Read in containers by a user that this machine does not know; the folder is closed to others.
    chmod 644 "$folder/$1.key"
    cat "$folder/$1.pem" "$folder/$1.key" >"$folder/$1.both"
    echo "made $folder/$1.pem"
}
# A server finds the store at the balancers' address first: the nodes' certificate must be for that, too.
issue store "IP:$net.11,IP:$net.12,IP:$net.13,IP:$net.100,IP:127.0.0.1"
issue server "DNS:server,IP:127.0.0.1"
issue front "IP:$net.100,IP:$net.21,IP:$net.22,IP:127.0.0.1,DNS:localhost${ACD_FRONT:+,$ACD_FRONT}"
