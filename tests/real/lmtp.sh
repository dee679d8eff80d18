#!/usr/bin/env bash
# Hands mail with `comms` to a real Dovecot by LMTP, over TCP and over a unix socket, and looks at what
# arrived.
#
#   bash tests/real/lmtp.sh            uses the Dovecot that is installed, else says `skipped`
#   bash tests/real/lmtp.sh --install  installs it by apt-get first, as CI=true does
#
# It must run as root, as Dovecot gives up root itself. It is an instance of its own, in a temporary
# directory and on a free port of 127.0.0.1, and no other is touched.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
# shellcheck source-path=SCRIPTDIR source=certificates.sh
source "$here/certificates.sh"
# shellcheck source-path=SCRIPTDIR source=dovecot_instance.sh
source "$here/dovecot_instance.sh"

main() {
    local way
    begin lmtp "$@"
    need_dovecot
    need_comms
    python3 "$here/samples.py" "$work"
    write_certificates
    # shellcheck disable=SC2034 # start_dovecot asks for it; nobody logs in here
    password=unused
    start_dovecot
    # shellcheck disable=SC2154 # set by start_dovecot
    mail=$lmtp_mail
    socket="lmtp+unix:$lmtp_socket"

    # shellcheck disable=SC2154 # set by start_dovecot
    for way in "$socket" "lmtp://localhost:$lmtp_port?tls=none" "lmtp://localhost:$lmtp_port?tls=required"; do
        messages_arrive_unchanged "$way"
        two_recipients_each_have_their_reply "$way"
        an_unknown_recipient_does_not_lose_the_mail "$way"
        unknown_recipients_alone_are_refused "$way"
    done
    a_certificate_must_be_right
    a_socket_that_is_not_there_is_told
    finish
}

messages_arrive_unchanged() {
    local sample
    for sample in odd odd_lf blank_lines dot_at_the_end; do
        send --url "$1" --to alice@inbox.example --raw "$work/$sample.eml"
        check "$sample.eml by ${1//$work/} is accepted" exits_with 0
        check "$sample.eml arrives with octets and header order unchanged" \
            arrived alice compare raw "$work/$sample.eml"
    done
}

two_recipients_each_have_their_reply() {
    send --url "$1" --to alice@inbox.example --to bob@inbox.example "${text[@]}" --json
    check "two recipients by ${1//$work/} are accepted" exits_with 0
    check 'the report names both' compare report "$work/out" \
        --accepted alice@inbox.example bob@inbox.example --rejected
    check 'the message arrives at the first' has_mail 1 alice
    check 'the message arrives at the second' has_mail 1 bob
}

an_unknown_recipient_does_not_lose_the_mail() {
    send --url "$1" --to alice@inbox.example --to nobody@inbox.example "${text[@]}" --json
    check "one recipient of two unknown, by ${1//$work/}, is exit 1" exits_with 1
    check 'the report names the unknown one with code and enhanced code' compare report "$work/out" \
        --accepted alice@inbox.example --rejected 'nobody@inbox.example 550 5.1.1'
    check 'the message arrives at the other' has_mail 1 alice
}

unknown_recipients_alone_are_refused() {
    send --url "$1" --to nobody@inbox.example "${text[@]}"
    check "all recipients unknown, by ${1//$work/}, is exit 67" exits_with 67
    check 'the reply is told' says '5\.1\.1'
}

a_certificate_must_be_right() {
    run send --url "lmtp://localhost:$lmtp_port?tls=required" --ca-file "$certificates/stranger.pem" \
        --from joerg@outside.example --to alice@inbox.example "${text[@]}"
    check 'a certificate of another authority is exit 77' exits_with 77
    check 'it is told in words' says_why
}

a_socket_that_is_not_there_is_told() {
    send --url "lmtp+unix:$work/nowhere" --to alice@inbox.example "${text[@]}"
    check 'a socket that is not there is exit 69' exits_with 69
    check 'its path is told' says "$work/nowhere"
}

# send ARG...: `comms send` into empty mailboxes. What LMTP has accepted is delivered.
send() {
    local trust=()
    [[ $* != *tls=required* ]] || trust=(--ca-file "$certificates/ca.pem")
    empty_mailboxes
    run send --from joerg@outside.example "${trust[@]}" "$@"
}

text=(--subject Handed --text 'From one server to another.')

main "$@"
