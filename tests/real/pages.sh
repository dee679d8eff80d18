#!/usr/bin/env bash
# Opens traces that `comms send --trace FILE.html` has written in a headless Chromium: sent over TLS with
# a login, cut off by a silent server, over several connections, and told by a hostile one.
#
#   bash tests/real/pages.sh            uses the Chromium that is installed, else says `skipped`
#   bash tests/real/pages.sh --install  installs it by apt-get first, as CI=true does
#
#   python3 tests/real/pages.py picture FILE.html OUT.png [WIDTH HEIGHT light|dark SCALE KEY...]
#                                       draws a picture of a trace
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
# shellcheck source-path=SCRIPTDIR source=certificates.sh
source "$here/certificates.sh"
# shellcheck source-path=SCRIPTDIR source=chromium.sh
source "$here/chromium.sh"

main() {
    begin pages "$@"
    need_chromium
    need_comms
    write_certificates
    a_session
    a_session_that_fails
    several_connections
    a_hostile_server
    finish
}

a_session() {
    start_sink --auth-file "$(users)" --without CHUNKING
    send_traced sent --url "submission://localhost:$sink_port" --user ann \
        --password-file "$work/password" --attach "$here/lib.sh"
    stop_sink
    check 'a message is sent and traced' exits_with 0
    check 'no secret is in the page' has_no_secret "$work/sent.html"
    page 'a lane for each layer' lanes sent Smtp Util Tls Tcp
    page 'the phases' phases sent connect greeting EHLO TLS EHLO AUTH transfer quit
    page 'what TLS costs at its seam' seams sent
    page 'a click opens a span' click sent
    page 'the pointer has a tooltip' hover sent
    page 'the dialogue and the lanes are linked' dialogue sent
    page 'octets and records can be searched' search sent EHLO
    page 'keys reach all' keys sent
    page 'the wheel, dragging and the overview' zooming sent
    page 'dark and light' schemes sent
    page 'from 400 pixels to 3840' widths sent
    page 'on paper' paper sent
    page 'without scripts' plain sent 'S: 220 ' 'C: MAIL FROM:<ann@x.example>' 'C: QUIT'
    page 'events that no stack would tell' odd sent
    page 'a hundred thousand events' many sent
}

a_session_that_fails() {
    start_sink --fail content:stall
    send_traced stalled --url "smtp://localhost:$sink_port" --timeout 1
    stop_sink
    check 'a server falls silent behind the content' exits_with 74
    page 'it is seen which layer failed, and why' failed stalled Tcp 'delivery unknown'
    send_traced refused --url "smtp://127.0.0.1:$(free_port)"
    check 'nobody listens' exits_with 69
    page 'it is seen that the connection failed' failed refused Tcp connection
}

several_connections() {
    local number
    mkdir "$work/outbox"
    for number in {1..30}; do
        printf 'From: ann@x.example\r\nTo: bob@y.example\r\nSubject: %s\r\n\r\nNumber %s.\r\n' \
            "$number" "$number" >"$work/outbox/$number.eml"
    done
    start_sink
    run send --url "smtp://localhost:$sink_port" --ca-file "$certificates/ca.pem" --from ann@x.example \
        --recipients-from-headers --each "$work/outbox" --connections 3 --trace "$work/several.html"
    stop_sink
    check 'thirty messages are sent over three connections' exits_with 0
    page 'each connection has its lanes' several several 3
    page 'their layers' lanes several Smtp Util Tls Tcp
    page 'they fit too' widths several
}

a_hostile_server() {
    start_sink --fail "rcpt:2:550 no </script><script>ran=1</script><img src=x onerror=ran=1><!--"
    send_traced hostile --url "smtp://localhost:$sink_port"
    stop_sink
    check 'a server says markup' exits_with 1
    page 'it is text, and nothing of it runs' hostile hostile
    page 'it is text without scripts too' plain hostile '</script><script>ran=1</script>'
}

# page WHAT CHECK NAME [ARG...]: a check of pages.py on the trace of that name.
page() {
    check "$1" python3 "$here/pages.py" "$2" "$work/$3.html" "${@:4}"
}

# send_traced NAME FLAG...
send_traced() {
    run send --ca-file "$certificates/ca.pem" --from 'Ann <ann@x.example>' --to bob@y.example \
        --to carl@y.example --subject 'The figures' --text 'Dear Bob, here they are.' \
        --trace "$work/$1.html" "${@:2}"
}

has_no_secret() {
    local secret
    for secret in "$PASSWORD" "$(printf %s "$PASSWORD" | base64)" "$(printf '\0ann\0%s' "$PASSWORD" | base64)"; do
        grep -qF -- "$secret" "$1" && echo "found $secret" && return 1
    done
    grep -qF 'secret octets>' "$1"
}

# users: the path of a file with who may send.
users() {
    printf '%s\n' "$PASSWORD" >"$work/password"
    printf 'ann:%s\n' "$PASSWORD" >"$work/users"
    echo "$work/users"
}

# start_sink FLAG...: sets $sink_port.
start_sink() {
    : >"$work/sink"
    "$comms" sink --listen 127.0.0.1:0 --tls-cert "$certificates/server.pem" \
        --tls-key "$certificates/server.key" "$@" >"$work/sink" 2>"$work/sink-trouble" </dev/null &
    sink=$!
    at_exit end_sink "$sink"
    wait_until "$READY" grep -q : "$work/sink"
    sink_port=$(sed -n '1s/.*://p' "$work/sink")
}

stop_sink() {
    end_sink "$sink"
    wait "$sink" || true
}

# end_sink PID: where it was not stopped yet.
end_sink() {
    kill "$1" 2>/dev/null
}

PASSWORD=marker-4Zq7-of-a-test

main "$@"
