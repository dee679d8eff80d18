#!/usr/bin/env bash
# Has tshark read the captures of `comms send --trace FILE.pcapng`: a session with STARTTLS and a login, to
# a sink with CHUNKING and to one without, in clear above TLS, and sealed with its keys.
#
#   bash tests/real/tshark.sh            uses the tshark that is installed, else says `skipped`
#   bash tests/real/tshark.sh --install  installs it by apt-get first, as CI=true does
#
# Nothing is captured: the traces are files, and tshark needs no rights.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
# shellcheck source-path=SCRIPTDIR source=certificates.sh
source "$here/certificates.sh"

main() {
    begin tshark "$@"
    need_tshark
    need_comms
    python3 "$here/samples.py" "$work"
    write_certificates
    password='correct-horse-battery-staple'
    echo "ann:$password" >"$work/users"
    echo "$password" >"$work/password"

    for mechanism in SCRAM-SHA-256 PLAIN; do
        a_session_is_smtp_for_tshark CHUNKING DATA
        a_session_is_smtp_for_tshark DSN BDAT
    done
    a_large_message_is_whole
    what_is_sealed_stays_sealed_without_keys
    keys_open_what_was_sealed
    finish
}

# a_session_is_smtp_for_tshark WITHOUT VERB: the content goes by DATA or BDAT.
a_session_is_smtp_for_tshark() {
    start_sink "$1"
    capture --trace "$work/t.pcapng" --auth "$mechanism" --raw "$work/odd.eml"
    check "$mechanism and $2: it is sent" exits_with 0
    check 'tshark names the commands' \
        names smtp.req.command "EHLO,STAR,EHLO,AUTH,MAIL,RCPT,$2,QUIT"
    check 'and the replies' has_field smtp.response.code 235
    [[ $2 == BDAT ]] || check 'it shows the message' has_field imf.subject 'odd but legal'
    check 'all sums, sequences and lengths are right' is_faultless
    check 'what is put together again is what was sent' compare_content "$work/odd.eml"
    check 'the password is not in it' hides "$password"
    stop_sink
}

a_large_message_is_whole() {
    start_sink CHUNKING
    python3 -c 'print("Subject: large\r\n\r\n" + ("x" * 70 + "\r\n") * 60000, end="")' >"$work/large.eml"
    capture --trace "$work/t.pcapng" --raw "$work/large.eml"
    check '4 MB are sent' exits_with 0
    check 'all of it is in order' is_faultless
    check 'it is what was sent' compare_content "$work/large.eml"
    stop_sink
}

what_is_sealed_stays_sealed_without_keys() {
    start_sink CHUNKING
    capture --trace "Tcp=$work/t.pcapng" --raw "$work/odd.eml"
    check 'the wire itself is sent' exits_with 0
    check 'tshark knows STARTTLS, and TLS behind it' names smtp.req.command 'EHLO,STAR'
    check 'records of TLS are there' has_field tls.record.opaque_type 23
    check 'all of it is in order' is_faultless
    stop_sink
}

keys_open_what_was_sealed() {
    start_sink CHUNKING
    SSLKEYLOGFILE=$work/keys capture --trace "Tcp=$work/t.pcapng" --raw "$work/odd.eml" --auth PLAIN \
        --set Tls.key_log=true
    check 'with the keys of the session' exits_with 0
    check 'tshark reads on behind STARTTLS' \
        names smtp.req.command 'EHLO,STAR,EHLO,AUTH,MAIL,RCPT,DATA,QUIT'
    check 'and shows the message' has_field imf.subject 'odd but legal'
    SSLKEYLOGFILE=$work/no-keys capture --trace "Tcp=$work/t.pcapng" --raw "$work/odd.eml"
    check 'keys are written on request alone' test ! -e "$work/no-keys"
    check 'without it nothing is read' names smtp.req.command 'EHLO,STAR'
    stop_sink
}

# ------------------------------------------------------------------------------------- the capture

# capture FLAG...: sends and traces.
capture() {
    rm -f "$work/t.pcapng"
    run send --url "submission://localhost:$sink_port" --ca-file "$certificates/ca.pem" \
        --user ann --password-file "$work/password" --from ann@x.example --to bob@y.example "$@"
}

# tshark as whoever runs this, which it warns of where that is root.
read_capture() {
    tshark -r "$work/t.pcapng" "$@" 2>"$work/tshark-trouble"
}

# names FIELD VALUES: all values of the field, in their order. Of a command it shows four letters.
names() {
    local found
    found=$(read_capture -Y "$1" -T fields -e "$1" | tr '\n' ',' | sed 's/,$//')
    echo "$found"
    [[ $found == "$2" ]]
}

# has_field FIELD VALUE
has_field() {
    read_capture -Y "$1" -T fields -e "$1" | tr ',' '\n' | grep -Fx -- "$2" | sort -u
}

is_faultless() {
    local faults
    faults=$(read_capture -o tcp.check_checksum:TRUE -o ip.check_checksum:TRUE -Y \
        '_ws.malformed or tcp.analysis.flags or tcp.checksum.status == 0 or ip.checksum.status == 0')
    echo "$(read_capture | wc -l) packets"
    [[ -z $faults ]] || { echo "$faults"; return 1; }
}

# The content as tshark puts the stream together, compared with a file.
compare_content() {
    local stream
    for stream in 0 1; do
        read_capture -q -z "follow,tcp,raw,$stream"
    done | python3 "$here/followed.py" "$1"
}

# hides SECRET: neither it nor what logins make of it is in the capture.
hides() {
    local form
    for form in "$1" "$(printf '%s' "$1" | base64 -w 0)" "$(printf '\0ann\0%s' "$1" | base64 -w 0)"; do
        ! grep -F -q -- "$form" "$work/t.pcapng" || return 1
    done
}

# ----------------------------------------------------------------------------------------- the sink

# start_sink WITHOUT: sets $sink_port.
start_sink() {
    : >"$work/sink"
    "$comms" sink --listen 127.0.0.1:0 --without "$1" --auth-file "$work/users" \
        --tls-cert "$certificates/server.pem" --tls-key "$certificates/server.key" \
        >"$work/sink" 2>"$work/sink-trouble" </dev/null &
    sink=$!
    at_exit end_sink "$sink"
    wait_until "$READY" grep -q : "$work/sink"
    sink_port=$(sed -n '1s/.*://p' "$work/sink")
}

# end_sink PID: where a check did not stop it.
end_sink() {
    kill "$1" 2>/dev/null
}

stop_sink() {
    kill "$sink"
    wait "$sink" || true
}

need_tshark() {
    if ! command -v tshark >/dev/null; then
        [[ $install == yes ]] || skip 'tshark is not installed (run with --install)'
        [[ $EUID -eq 0 ]] || skip 'installing tshark needs root (run as root or with sudo)'
        install_packages tshark || skip 'tshark could not be installed'
    fi
    # It keeps preferences in the home, which may not be there.
    export HOME=$work
}

main "$@"
