#!/usr/bin/env bash
# Sends the matrix of messages (tests/matrix) to `comms sink` and through a real Postfix, and has what
# arrives read by Python's email package and by Perl's MIME::Parser: they have to find what went in.
#
#   bash tests/real/mime.sh            uses what is installed, else says `skipped`
#   bash tests/real/mime.sh --install  installs it by apt-get first, as CI=true does
#
# It must run as root, as Postfix must.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
# shellcheck source-path=SCRIPTDIR source=postfix_instance.sh
source "$here/postfix_instance.sh"
matrix=${MATRIX:-$(dirname "$comms")/examples/mime_matrix}

main() {
    begin mime "$@"
    need_readers
    need_postfix
    need_comms
    if [[ ! -x $matrix ]]; then
        echo "not ok - $matrix is not there: run cargo build --release --example mime_matrix, or set MATRIX" >&2
        exit 1
    fi

    to_sink 'by DATA, in seven bits' --without CHUNKING,BINARYMIME,8BITMIME
    to_sink 'by DATA, in eight bits' --without CHUNKING,BINARYMIME
    to_sink 'in chunks' --without BINARYMIME
    to_sink 'in binary'
    through_postfix
    finish
}

need_readers() {
    perl -MMIME::Parser -MMail::Address -MDate::Parse -e 1 2>/dev/null && return
    [[ $install == yes ]] || skip 'MIME::Parser is not installed (run with --install)'
    install_packages libmime-tools-perl || skip 'MIME::Parser could not be installed'
}

# to_sink HOW ARG...: to an embedded server that is started so.
to_sink() {
    local how=$1
    shift
    start_sink "$@"
    if send_matrix "$how to comms sink" "$sink_port" alice@inbox.example Smtp.binary=true; then
        stop_sink
        read_matrix "$how to comms sink" "$work/sink"
    fi
    stop_sink
}

# start_sink ARG...: sets $sink_port; its mail goes to $work/sink.
start_sink() {
    rm -rf "$work"/sink{,.out}
    "$comms" sink --listen 127.0.0.1:0 --maildir "$work/sink" "$@" >"$work/sink.out" 2>"$work/sink.err" &
    sink=$!
    at_exit stop_sink
    wait_until "$READY" test -s "$work/sink.out" || cat "$work/sink.err" >&2
    sink_port=$(sed -n '1s/.*://p' "$work/sink.out")
}

stop_sink() {
    [[ -n $sink ]] || return 0
    kill "$sink"
    wait "$sink" || true
    sink=
}

through_postfix() {
    start_postfix
    if send_matrix 'to Postfix' "$port" alice@inbox.example; then
        postfix_delivered || true
        read_matrix 'through Postfix' "$mail/alice"
    fi
}

# send_matrix WHAT PORT RECIPIENT PROPERTY=VALUE...
send_matrix() {
    local what=$1
    shift
    rm -f "$work/manifest"
    check "the matrix is sent $what" timeout "$LONGEST_MATRIX" "$matrix" 127.0.0.1 "$1" "$2" "$work/manifest" "${@:3}"
    [[ -s $work/manifest ]]
}

# read_matrix HOW MAILDIR: by each reader; Perl works beside Python.
read_matrix() {
    perl "$here/mime.pl" "$2" >"$work/found" 2>"$work/found.err" &
    local perl=$! binary=
    [[ $1 != *binary* ]] || binary=binary
    check "Python finds what went in, $1" reader read "$2" $binary
    [[ -n $binary ]] || check "the octets are as the RFCs have them, $1" reader judge "$2"
    wait "$perl" || true
    check 'MIME::Parser reads without a word' test ! -s "$work/found.err"
    check "MIME::Parser finds what went in, $1" reader compare "$work/found" $binary
}

reader() {
    python3 "$here/mime.py" "$1" "$work/manifest" "${@:2}"
}

sink=
# Seconds that the whole matrix may stay in Postfix's queue.
# shellcheck disable=SC2034 # postfix_instance.sh reads it
DELIVERY=120
# Seconds that sending the matrix may take.
LONGEST_MATRIX=120

main "$@"
