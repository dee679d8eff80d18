#!/usr/bin/env bash
# Opens the inbox of `comms sink --http` in a headless Chromium: what comes is shown at once, can be
# searched and deleted, and mail with hostile HTML neither runs nor fetches anything.
#
#   bash tests/real/inbox.sh            uses the Chromium that is installed, else says `skipped`
#   bash tests/real/inbox.sh --install  installs it by apt-get first, as CI=true does
#
#   python3 tests/real/inbox.py picture URL SMTP OUT.png [WIDTH HEIGHT light|dark SCALE]
#                                       fills an inbox, and draws a picture of it
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
# shellcheck source-path=SCRIPTDIR source=chromium.sh
source "$here/chromium.sh"

main() {
    begin inbox "$@"
    need_chromium
    need_comms
    start_inbox
    inbox 'an empty inbox says how to send to it' empty
    inbox 'a message is shown when it comes' live
    inbox 'the tabs show a message from all sides' tabs
    inbox 'the session stands beside it' session
    inbox 'messages are searched' search
    inbox 'keys do all' keys
    inbox 'messages are deleted, one or all' deleting
    inbox 'what a message says is text' markup
    inbox 'hostile HTML runs nothing and fetches nothing' hostile
    inbox 'from 400 pixels to 2560, dark and light' widths
    inbox 'another site can neither read nor delete' other_site
    inbox 'the metrics are those of Prometheus' metrics
    status=0
    kill "$sink"
    wait "$sink" || status=$?
    check 'the sink ends in good order' ended_well
    finish
}

# inbox WHAT CHECK: a check of inbox.py.
inbox() {
    check "$1" python3 "$here/inbox.py" "$2" "$url" "$smtp"
}

start_inbox() {
    : >"$work/sink"
    "$comms" sink --http 127.0.0.1:0 >"$work/sink" 2>"$work/sink-trouble" </dev/null &
    sink=$!
    at_exit end_sink "$sink"
    wait_until "$READY" grep -q http: "$work/sink"
    smtp=$(sed -n 1p "$work/sink")
    url=$(sed -n 2p "$work/sink")
}

ended_well() {
    cat "$work/sink-trouble"
    [[ $status -eq 0 ]] && tail -n 1 "$work/sink-trouble" | grep -q ' messages from '
}

# end_sink PID: where it was not ended yet.
end_sink() {
    kill "$1" 2>/dev/null
}

main "$@"
