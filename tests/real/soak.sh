#!/usr/bin/env bash
# Lets Postfix's smtp-source send many messages over many connections to `comms sink`, and looks
# whether all are there, whether the sink has grown, and how it stops.
#
#   bash tests/real/soak.sh            uses the smtp-source that is installed, else says `skipped`
#   bash tests/real/soak.sh --install  installs Postfix by apt-get first, as CI=true does
#
# $MESSAGES (200000) are sent over 32 connections that stay, and a tenth of that over one each.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

main() {
    begin soak "$@"
    need_smtp_source
    need_comms
    start_sink
    send $((messages / 10)) -d
    local early
    early=$(resident)

    check "$messages messages over 32 connections that stay" send "$messages" -d
    check "$((messages / 10)) messages over a connection each, 32 at a time" send $((messages / 10))
    check 'the sink has not grown' no_more_than $((early + GROWTH))
    check 'and needs little at all' no_more_than "$MOST"
    check 'it stops within its time, and says how many messages it has had' stops
    check 'nothing is lost and nothing comes twice' has_all $((messages + 2 * (messages / 10)))
    finish
}

need_smtp_source() {
    [[ $install == no ]] || install_packages postfix
    source=$(command -v smtp-source || true)
    [[ -n $source ]] || skip 'there is no smtp-source: install Postfix, or give --install'
}

start_sink() {
    "$comms" sink >"$work/lines" 2>"$work/told" &
    sink=$!
    at_exit end_sink
    wait_until "$READY" test -s "$work/lines"
    address=$(head -n 1 "$work/lines")
}

end_sink() {
    kill "$sink" 2>/dev/null
}

# send COUNT OPTION...
send() {
    local began=$SECONDS
    timeout "$LONGEST" "$source" "${@:2}" -s 32 -l 1024 -m "$1" -f ann@x.example -t bob@y.example \
        "inet:${address%:*}:${address##*:}" && echo "$((SECONDS - began)) s, sink at $(resident) KiB"
}

# What the sink has of the memory, in KiB.
resident() {
    awk '$1 == "VmRSS:" { print $2 }' "/proc/$sink/status"
}

no_more_than() {
    local now
    now=$(resident)
    echo "$now KiB, at most $1"
    [[ $now -le $1 ]]
}

stops() {
    kill -TERM "$sink"
    wait_until "$READY" is_gone "$sink"
    wait "$sink"
    cat "$work/told"
}

has_all() {
    local lines
    lines=$(($(wc -l <"$work/lines") - 1))
    echo "$lines lines, expected $1"
    [[ $lines -eq $1 ]] && grep -q "^comms: $1 messages from " "$work/told"
}

messages=${MESSAGES:-200000}
# KiB by which an allocator may differ from itself.
GROWTH=4096
# KiB that 32 clients may cost.
MOST=32768
# Seconds after which a run of smtp-source is ended as hanging.
LONGEST=300

main "$@"
