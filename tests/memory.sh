#!/usr/bin/env bash
# Sends an attachment of 1 GiB from `comms send` to `comms sink`, which throws it away, and looks at
# the peak memory of both: bash tests/memory.sh
#
# Needs target/release/comms (or $COMMS) and GNU time.
set -euo pipefail
comms=${COMMS:-target/release/comms}
limit_kib=16384

work=$(mktemp -d)
sink=
cleanup() {
    [[ -z $sink ]] || kill "$sink" 2>/dev/null || true
    rm -rf "$work"
}
trap cleanup EXIT

main() {
    truncate --size 1G "$work/large.bin"
    /usr/bin/time --format '%M' --output "$work/sink.peak" "$comms" sink >"$work/sink.out" &
    local timed=$!
    until [[ -s $work/sink.out ]]; do read -rt 0.05 <> <(:) || true; done
    sink=$(pgrep --parent "$timed")

    /usr/bin/time --format '%M %e' --output "$work/send.peak" "$comms" send \
        --url "smtp://$(head -n 1 "$work/sink.out")?tls=none" --from ann@x.example \
        --to bob@y.example --text 'a large one' --attach "$work/large.bin" >/dev/null
    kill "$sink"
    wait "$timed" || true
    sink=

    local send_kib seconds sink_kib
    read -r send_kib seconds <"$work/send.peak"
    sink_kib=$(tail -n 1 "$work/sink.peak")
    echo "comms send: $send_kib KiB at most, $seconds s; comms sink: $sink_kib KiB at most"
    tail -n 1 "$work/sink.out"
    if ((send_kib > limit_kib || sink_kib > limit_kib)); then
        echo "not ok: more than $limit_kib KiB"
        exit 1
    fi
    echo "1 passed, 0 failed"
}

main
