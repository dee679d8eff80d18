#!/usr/bin/env bash
# Lets `comms` meet servers that do one thing wrong, over TCP, and looks at its exit status, message,
# time and peak of memory: bash tests/real/hostile.sh
#
# Needs target/release/comms (or $COMMS), Python and GNU time; nothing is installed for it but these.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

main() {
    begin hostile "$@"
    [[ $install == no ]] || install_packages python3 time
    [[ -x /usr/bin/time ]] || skip 'there is no GNU time: give --install'
    need_comms
    for n in $(seq 5000); do printf -- '--to\nuser%s@y.example\n' "$n"; done >"$work/crowd"

    replies_have_no_end
    replies_come_slowly
    replies_are_odd
    sessions_end_early
    replies_contradict
    a_crowd_is_answered_late
    finish
}

replies_have_no_end() {
    local state
    ends_with 76 greeting without-lf
    for state in greeting ehlo mail rcpt data; do
        ends_with 76 "$state" endless
    done
    # What had its end and no reply that can be read is unknown.
    ends_with 74 content endless
    ends_with 0 quit endless
    ends_with '0 76' ehlo many-lines
}

replies_come_slowly() {
    local state
    for state in greeting ehlo mail rcpt data; do
        ends_with 69 "$state" drip
    done
    ends_with 74 content drip
    ends_with 0 quit drip
    for state in greeting ehlo mail rcpt data content quit; do
        ends_with 0 "$state" slowly
    done
}

replies_are_odd() {
    local deed state
    for deed in two-codes two-digits four-digits empty-line 999; do
        for state in greeting ehlo mail rcpt data; do
            ends_with 76 "$state" "$deed"
        done
        ends_with 74 content "$deed"
        ends_with 0 quit "$deed"
    done
    for state in mail rcpt content; do
        ends_with 0 "$state" bare-code
        for deed in latin-1 bare-lf other-class control; do
            ends_with 67 "$state" "$deed"
        done
    done
}

sessions_end_early() {
    local state
    for state in greeting ehlo mail rcpt data content; do
        ends_with 75 "$state" 421
    done
    for state in greeting ehlo mail rcpt data; do
        ends_with 69 "$state" ends
        ends_with 69 "$state" resets
    done
    ends_with 74 content ends
    ends_with 74 content resets
    for deed in 421 ends resets; do
        ends_with 0 quit "$deed"
    done
}

replies_contradict() {
    local state
    for state in greeting ehlo mail rcpt; do
        ends_with 76 "$state" unasked
    done
    ends_with 76 mail 354
    ends_with 76 data 250
    ends_with 76 rcpt 354
    ends_with 67 mail 550
    ends_with 67 rcpt 550
    ends_with 67 data 550
    ends_with 67 content 550
}

a_crowd_is_answered_late() {
    mapfile -t crowd <"$work/crowd"
    ends_with 0 rcpt slowly
    ends_with 67 rcpt 550
    ends_with 76 rcpt two-codes
    crowd=()
}

# ends_with STATUSES STATE DEED: a message to a server that does so.
ends_with() {
    check "${crowd:+${#crowd[@]} words, }$2: $3" meets "$@"
}

meets() {
    local server port peak took
    rm -f "$work/port"
    python3 "$here/hostile.py" "$work/port" "$2" "$3" &
    server=$!
    wait_until "$READY" test -s "$work/port"
    port=$(<"$work/port")
    status=0
    timeout "$LONGEST_RUN" /usr/bin/time --format '%M %e' --output "$work/measured" --quiet \
        "$comms" send --url "smtp://127.0.0.1:$port?tls=none" --timeout 2 --from ann@x.example \
        --to bob@y.example "${crowd[@]}" --text 'Good day' >"$work/out" 2>"$work/err" || status=$?
    kill "$server"
    wait "$server" 2>/dev/null || true
    read -r peak took <"$work/measured"
    echo "exit $status, $peak KiB, $took s"
    head -n 2 "$work/err"
    [[ " $1 " == *" $status "* && $peak -lt $MOST && ${took%.*} -lt $LONG ]] &&
        { [[ $status -eq 0 ]] || says_why >/dev/null; } && ! grep -qP '[^\x09\x0a\x20-\x7e\x80-\xff]' "$work/err"
}

crowd=()
# KiB of memory at most.
MOST=65536
# Seconds at most: about three steps of two seconds.
LONG=9

main "$@"
