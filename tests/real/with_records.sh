#!/usr/bin/env bash
# Runs a program once for each file, which is its standard input, with a resolver that knows the records
# of another file and nothing else. To be called in a network and a mount namespace of its own:
#
#   unshare --mount --net bash tests/real/with_records.sh RECORDS PROGRAM OPTION FILE...
set -euo pipefail

records=$1
program=("$2" "$3")
shift 3
ip link set lo up
folder=$(mktemp -d)
trap 'kill "$server" 2>/dev/null || true; umount /etc/resolv.conf; rm -rf "$folder"' EXIT
echo 'nameserver 127.0.0.1' >"$folder/resolv.conf"
mount --bind "$folder/resolv.conf" /etc/resolv.conf
mkfifo "$folder/ready"
python3 "$(dirname "${BASH_SOURCE[0]}")/dns_records.py" "$records" >"$folder/ready" 2>/dev/null &
server=$!
read -r _ <"$folder/ready"
for file in "$@"; do
    "${program[@]}" <"$file"
done
