#!/usr/bin/env bash
# Sends mail with `comms` to a real Exim, with STARTTLS and a login, and looks at what arrived.
#
#   bash tests/real/exim.sh            uses the Exim that is installed, else says `skipped`
#   bash tests/real/exim.sh --install  unpacks one for this run, as CI=true does: Debian does not let
#                                      Exim's package and Postfix's stand side by side
#
# It must run as root, as Exim gives up root itself. It is an instance of its own, in a temporary
# directory and on a free port of 127.0.0.1, and no other is touched.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
# shellcheck source-path=SCRIPTDIR source=certificates.sh
source "$here/certificates.sh"
# shellcheck source-path=SCRIPTDIR source=exim_instance.sh
source "$here/exim_instance.sh"

main() {
    begin exim "$@"
    need_exim
    need_comms
    python3 "$here/samples.py" "$work"
    write_certificates
    password='correct horse/battery+staple'
    echo "$password" >"$work/password"
    echo 'tr0mbone & w1ndmill' >"$work/wrong-password"
    login=(--user alice --password-file "$work/password")
    start_exim
    url="submission://localhost:$port"

    messages_arrive_unchanged
    every_mechanism_logs_in
    a_login_is_asked_for
    recipients_have_their_replies
    certificates_must_be_right
    nothing_is_out_of_step
    finish
}

messages_arrive_unchanged() {
    local sample
    for sample in odd odd_lf blank_lines dot_at_the_end no_body; do
        send "${login[@]}" --to alice@inbox.example --raw "$work/$sample.eml"
        check "$sample.eml is accepted" exits_with 0
        check "$sample.eml arrives with octets and header order unchanged" \
            arrived alice compare raw "$work/$sample.eml"
    done
    send "${login[@]}" --to alice@inbox.example "${text[@]}" --attach "$work/ten_mebibytes.bin"
    check 'a message with 10 MiB attached is accepted' exits_with 0
    check 'it arrives' has_mail 1 alice
}

every_mechanism_logs_in() {
    local mechanism name
    for mechanism in PLAIN LOGIN CRAM-MD5; do
        send "${login[@]}" --auth "$mechanism" --to alice@inbox.example "${text[@]}"
        check "--auth $mechanism is accepted" exits_with 0
        check 'the message arrives' has_mail 1 alice
        name=${mechanism,,}
        check "Exim saw TLS and $mechanism" new_lines -E " P=esmtpsa X=TLS.* A=${name/-/_}:alice "
    done
    send "${login[@]}" --to alice@inbox.example "${text[@]}"
    check 'without --auth it is the strongest' new_lines -E ' A=cram_md5:alice '
}

a_login_is_asked_for() {
    send --user alice --password-file "$work/wrong-password" --to alice@inbox.example "${text[@]}"
    check 'a wrong password is exit 77' exits_with 77
    check 'it is told in words' says_why
    send --to alice@inbox.example "${text[@]}"
    check 'no login is exit 67' exits_with 67
    check 'nothing arrives' has_mail 0 alice
}

recipients_have_their_replies() {
    send "${login[@]}" --to alice@inbox.example --to nobody@inbox.example "${text[@]}" --json
    check 'one recipient of two unknown is exit 1' exits_with 1
    check 'the report names the unknown one with code and enhanced code' compare report "$work/out" \
        --accepted alice@inbox.example --rejected 'nobody@inbox.example 550 5.1.1'
    check 'the message arrives at the other' has_mail 1 alice
    send "${login[@]}" --to later@inbox.example "${text[@]}"
    check 'a recipient put off is exit 75' exits_with 75
}

certificates_must_be_right() {
    send "${login[@]}" --ca-file "$certificates/stranger.pem" --to alice@inbox.example "${text[@]}"
    check 'a certificate of another authority is exit 77' exits_with 77
    check 'it is told in words' says_why
    check 'nothing arrives' has_mail 0 alice
}

# Exim ends sessions whose client sends ahead where it must wait.
nothing_is_out_of_step() {
    check 'Exim never complained about the protocol' quiet 'synchronization|protocol error|syntax error'
}

# quiet PATTERN: no line of Exim's log has it, though there are lines.
quiet() {
    wc -l <"$exim_log"
    [[ -s $exim_log ]] && ! grep -iE -- "$1" "$exim_log"
}

# send ARG...: `comms send` into empty mailboxes, done when Exim has delivered what it took.
send() {
    local trust=(--ca-file "$certificates/ca.pem")
    [[ $* != *--ca-file* ]] || trust=()
    empty_mailboxes
    seen=$(wc -l <"$exim_log")
    run send --url "$url" --from joerg@outside.example "${trust[@]}" "$@"
    exim_delivers
}

# new_lines ARG...: greps in what Exim has written since the last send began.
new_lines() {
    tail -n "+$((seen + 1))" "$exim_log" | grep "$@"
}

text=(--subject Submitted --text 'By an authenticated client.')

main "$@"
