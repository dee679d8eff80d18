#!/usr/bin/env bash
# Logs in with `comms` at a real Postfix, by STARTTLS and by TLS from the first octet; the passwords
# are checked by a real Dovecot.
#
#   bash tests/real/submission.sh            uses the servers that are installed, else says `skipped`
#   bash tests/real/submission.sh --install  installs them by apt-get first, as CI=true does
#
# It must run as root, as both servers give up root themselves. They are instances of their own, in a
# temporary directory and on free ports of 127.0.0.1, and no others are touched.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
# shellcheck source-path=SCRIPTDIR source=certificates.sh
source "$here/certificates.sh"
# shellcheck source-path=SCRIPTDIR source=postfix_instance.sh
source "$here/postfix_instance.sh"
# shellcheck source-path=SCRIPTDIR source=dovecot_instance.sh
source "$here/dovecot_instance.sh"
# shellcheck source-path=SCRIPTDIR source=submission_instance.sh
source "$here/submission_instance.sh"

main() {
    begin submission "$@"
    need_postfix
    need_dovecot
    need_comms
    write_certificates
    password='correct horse/battery+staple'
    start_dovecot
    start_tls_postfix
    echo "$password" >"$work/password"
    login=(--user alice --password-file "$work/password")
    trust=(--ca-file "$certificates/ca.pem")

    every_mechanism_logs_in
    the_strongest_mechanism_is_chosen
    a_wrong_password_is_refused_and_never_shown
    tls_from_the_first_octet
    certificates_must_be_right
    no_verification_where_it_is_asked_for
    without_starttls_nothing_is_sent
    tls_into_plain_text_is_told
    finish
}

every_mechanism_logs_in() {
    local mechanism
    for mechanism in "${MECHANISMS[@]}"; do
        send --url "submission://localhost:$submission_port" "${trust[@]}" "${login[@]}" \
            --auth "$mechanism" --log "$work/log"
        check "--auth $mechanism delivers" delivered
        check "Postfix saw $mechanism" logged "sasl_method=$mechanism, sasl_username=alice"
        check "the password is in no output of $mechanism" hides "$password"
    done
}

the_strongest_mechanism_is_chosen() {
    send --url "submission://127.0.0.1:$submission_port" "${trust[@]}" "${login[@]}" --json
    check 'without --auth it delivers, to an address too' delivered
    check 'Postfix saw SCRAM-SHA-256' logged 'sasl_method=SCRAM-SHA-256, sasl_username=alice'
    check 'Postfix saw TLS' logged 'TLS connection established'
    check 'the report names the version of TLS' grep -E '"version": *"TLS|"tls": *"TLS' "$work/out"
}

a_wrong_password_is_refused_and_never_shown() {
    local mechanism wrong='tr0mbone & w1ndmill'
    echo "$wrong" >"$work/wrong-password"
    for mechanism in "${MECHANISMS[@]}"; do
        send --url "submission://localhost:$submission_port" "${trust[@]}" --user alice \
            --password-file "$work/wrong-password" --auth "$mechanism" --log "$work/log"
        check "a wrong password by $mechanism is exit 77" exits_with 77
        check 'it is told in words' says_why
        check 'the password is in no output, nor its base64' hides "$wrong"
        check 'nothing is sent after the refusal' logged 'disconnect from .* auth=0/1( quit=1)? commands'
    done
    check 'nothing arrives' has_mail 0 alice
}

tls_from_the_first_octet() {
    send --url "smtps://localhost:$smtps_port" "${trust[@]}" "${login[@]}"
    check 'smtps:// delivers' delivered
    check 'Postfix saw it at the port of smtps' logged 'postfix/smtps/smtpd.*sasl_method=SCRAM-SHA-256'
    send --url "submissions://localhost:$smtps_port" "${trust[@]}" "${login[@]}"
    check 'submissions:// is the same' delivered
}

certificates_must_be_right() {
    local way
    for way in "submission://localhost:$submission_port" "smtps://localhost:$smtps_port"; do
        send --url "$way" --ca-file "$certificates/stranger.pem" "${login[@]}"
        refused_before_login 'another authority' "${way%%:*}"
        check 'the advice is to name an authority' says 'ca.file'
        send --url "$way" "${login[@]}"
        refused_before_login "an authority that the system does not know" "${way%%:*}"
    done
    send --url "submission://localhost:$elsewhere_port" "${trust[@]}" "${login[@]}"
    refused_before_login 'the certificate of another host' submission
    check 'the host is named' says 'localhost'
}

# refused_before_login WHAT SCHEME
refused_before_login() {
    check "$1 under $2:// is exit 77" exits_with 77
    check 'it is told in words' says_why
    check 'nobody logs in' logged_without 'sasl_method|auth=' 'disconnect from'
}

no_verification_where_it_is_asked_for() {
    send --url "submission://localhost:$elsewhere_port?verify=none" "${login[@]}"
    check '?verify=none delivers, whatever the certificate' delivered
    send --url "smtps://localhost:$smtps_port?verify=none" "${login[@]}"
    check '?verify=none delivers by smtps:// too' delivered
}

without_starttls_nothing_is_sent() {
    send --url "submission://localhost:$port" "${trust[@]}" "${login[@]}"
    check 'a server without STARTTLS under submission:// is exit 77' exits_with 77
    check 'it is told which command is missing' says 'STARTTLS'
    check 'nothing but QUIT may follow EHLO' logged 'disconnect from .* ehlo=1( quit=1)? commands='
}

tls_into_plain_text_is_told() {
    send --url "smtps://localhost:$port" "${trust[@]}" "${login[@]}"
    check 'smtps:// at a port of plain text fails' fails
    check 'it is told that no TLS is spoken there' says 'TLS'
    send --url "submission://localhost:$smtps_port" "${trust[@]}" "${login[@]}" --timeout 3
    check 'submission:// at a port of TLS fails' fails
    check 'it is told in words' says_why
}

# send ARG...: a small message from joerg to alice, done when Postfix has delivered what it took.
send() {
    empty_mailboxes
    rm -f "$work/log"
    seen=$(wc -l <"$mail_log")
    run send --from joerg@outside.example --to alice@inbox.example --subject Submitted \
        --text 'By an authenticated client.' "$@"
    postfix_delivered || true
}

delivered() {
    exits_with 0 && has_mail 1 alice
}

fails() {
    echo "exit $status"
    [[ $status -ne 0 && $status -ne 70 ]] && says_why
}

# logged PATTERN: Postfix writes such a line about the last send.
logged() {
    wait_until "$LOGGING" new_lines -E -m 1 -- "$1" && return
    echo "no line with $1 among"
    new_lines ''
    return 1
}

# logged_without PATTERN LAST: Postfix writes no such line until that which ends the connection.
logged_without() {
    logged "$2" || return
    ! new_lines -E -- "$1"
}

# new_lines ARG...: greps in what Postfix has written since the last send began.
new_lines() {
    tail -n "+$((seen + 1))" "$mail_log" | grep "$@"
}

# hides PASSWORD: neither it nor a base64 of it is in what the last run wrote, the log file included.
hides() {
    local form written=("$work/out" "$work/err" "$work/log")
    [[ -s $work/log ]] || { echo 'there is no log file'; return 1; }
    for form in "$1" "$(printf '%s' "$1" | base64 -w 0)" "$(printf '\0alice\0%s' "$1" | base64 -w 0)"; do
        ! grep -F -- "$form" "${written[@]}" || return 1
    done
    echo "$(wc -l <"$work/log") lines of log without it"
}

MECHANISMS=(PLAIN LOGIN CRAM-MD5 SCRAM-SHA-1 SCRAM-SHA-256)
# Seconds until a line stands in Postfix's log.
LOGGING=10

main "$@"
