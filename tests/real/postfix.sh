#!/usr/bin/env bash
# Sends mail with `comms` through a real Postfix and looks at what arrived.
#
#   bash tests/real/postfix.sh            uses the Postfix that is installed, else says `skipped`
#   bash tests/real/postfix.sh --install  installs it by apt-get first, as CI=true does
#
# It must run as root: Postfix's master gives up root itself, process by process. It starts an
# instance of its own, in a temporary directory and on a free port of 127.0.0.1, and touches no other.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
# shellcheck source-path=SCRIPTDIR source=postfix_instance.sh
source "$here/postfix_instance.sh"

main() {
    begin postfix "$@"
    need_postfix
    need_comms
    python3 "$here/samples.py" "$work"
    start_postfix
    url="smtp://127.0.0.1:$port?tls=none"

    raw_messages_arrive_unchanged
    composed_parts_arrive_equal
    bcc_is_delivered_and_never_shown
    one_refused_recipient_does_not_lose_the_mail
    refusals_have_their_exit_statuses
    unreachable_servers_have_their_exit_status
    noop_is_answered
    twenty_messages_arrive_once_each
    an_mbox_arrives_complete
    refused_messages_among_several_lose_no_other
    finish
}

raw_messages_arrive_unchanged() {
    local sample
    for sample in odd odd_lf unfinished blank_lines dot_at_the_end no_body; do
        send --from joerg@outside.example --to alice@inbox.example --raw "$work/$sample.eml"
        check "--raw $sample.eml is accepted" exits_with 0
        check "$sample.eml arrives with octets and header order unchanged" \
            arrived alice compare raw "$work/$sample.eml"
    done

    send --from joerg@outside.example --to alice@inbox.example --raw "$work/bcc.eml"
    check '--raw bcc.eml is accepted' exits_with 0
    check 'bcc.eml arrives without its Bcc headers and otherwise unchanged' \
        arrived alice compare raw --without Bcc "$work/bcc.eml"
}

composed_parts_arrive_equal() {
    local subject='Prüfung: 10 MiB – 日本語 🚂 and enough words that the header must be folded somewhere'
    local attachments=("$work/ten_mebibytes.bin" "$work/Übersicht – 日本.csv")
    send --from 'Jörg <joerg@outside.example>' --to alice@inbox.example --subject "$subject" \
        --text-file "$work/text.txt" --html-file "$work/text.html" \
        --attach "${attachments[0]}" --attach "${attachments[1]}"
    check 'a composed message with 10 MiB attached is accepted' exits_with 0
    check 'standard output is the message id alone' is_the_id_of alice
    check 'headers, text, html and both attachments arrive equal' \
        arrived alice compare parts --header "Subject: $subject" 'From: Jörg <joerg@outside.example>' \
        'To: alice@inbox.example' --text "$work/text.txt" \
        --html "$work/text.html" --attach "${attachments[@]}" --
}

bcc_is_delivered_and_never_shown() {
    send --from joerg@outside.example --to alice@inbox.example --bcc bob@inbox.example \
        --subject 'A blind copy' --text 'Nobody knows.'
    check 'a message with --bcc is accepted' exits_with 0
    check 'the blind recipient gets it' has_mail 1 bob
    check 'the other recipient gets it' has_mail 1 alice
    check 'no Bcc header and no word of bob in the copy of alice' absent_from alice 'bcc:' 'bob@'
    check 'no Bcc header in the copy of bob' absent_from bob 'bcc:'
}

one_refused_recipient_does_not_lose_the_mail() {
    local queue_id=none
    send --from joerg@outside.example --to alice@inbox.example --to nobody@inbox.example \
        --subject 'One of two' --text 'For alice.' --json
    check 'one recipient of two refused is exit 1' exits_with 1
    check 'the report names the refused one with code and enhanced code' compare report "$work/out" \
        --accepted alice@inbox.example --rejected 'nobody@inbox.example 550 5.1.1'
    check 'the accepted one gets the mail' has_mail 1 alice
    queue_id=$(compare field "$work/out" queue_id) || queue_id=none
    check "the queue id $queue_id is the one in Postfix's log" \
        grep -E "[[:space:]]$queue_id: to=<alice@inbox.example>.* status=sent" "$mail_log"
}

refusals_have_their_exit_statuses() {
    send --from joerg@outside.example --to nobody@inbox.example --to somebody@closed.example \
        --subject 'For nobody' --text 'x'
    check 'all recipients refused is exit 67' exits_with 67
    check 'the refusal is told' says '5\.1\.1'
    check 'nothing arrives' has_mail 0 alice

    send --from joerg@outside.example --to later@inbox.example --subject 'Not now' --text 'x'
    check 'all recipients put off is exit 75' exits_with 75
    check 'the reply is told' says '4\.2\.0'
}

unreachable_servers_have_their_exit_status() {
    local mail_for_alice=(--from joerg@outside.example --to alice@inbox.example --subject x --text x)
    run send --url "smtp://127.0.0.1:$(free_port)?tls=none" "${mail_for_alice[@]}"
    check 'nobody listening is exit 69' exits_with 69
    check 'it is told in words' says_why

    start_silent_server
    run send --url "smtp://127.0.0.1:$silent_port?tls=none" --timeout 2 "${mail_for_alice[@]}"
    check 'a server that never greets is exit 69' exits_with 69
    check 'it takes the time-out, and not much more than three' took_between 1500 6500
    check 'it is told that the greeting failed to come' says greeting
}

noop_is_answered() {
    run noop --url "$url"
    check 'comms noop is exit 0' exits_with 0
}

twenty_messages_arrive_once_each() {
    local number failures=0
    empty_mailboxes
    for number in {1..20}; do
        run send --url "$url" --from joerg@outside.example --to alice@inbox.example \
            --subject "Number $number" --text "This is number $number."
        [[ $status -eq 0 ]] || failures=$((failures + 1))
        cat "$work/out" >>"$work/ids"
    done
    postfix_delivered || true
    check 'twenty sends in a row are accepted' test "$failures" -eq 0
    check 'twenty messages arrive, each exactly once' compare once "$mail/alice" "$work/ids"
}

an_mbox_arrives_complete() {
    send --from joerg@outside.example --to alice@inbox.example --each "$work/outbox" --connections 3
    check 'an mbox of 50 messages over 3 connections is accepted' exits_with 0
    check 'all are told of as sent' says '^comms: sent 50 of 50$'
    check 'each has a line with its number' diff <(seq 50) <(cut -f 1 "$work/out" | sort -n)
    check 'all 50 arrive once, with the octets that they have out of the mbox' \
        compare same "$work/outbox.d" "$mail/alice"
    check 'they came over more than one connection' test "$(clients_with_mail 50)" -gt 1

    # What has arrived is a Maildir: it is sent to somebody else.
    rm -rf "$work/arrived"
    cp -r "$mail/alice" "$work/arrived"
    send --from joerg@outside.example --to bob@inbox.example --each "$work/arrived" --connections 2
    check 'a Maildir of 50 messages is accepted' exits_with 0
    check 'all 50 arrive' has_mail 50 bob
}

# clients_with_mail COUNT: how many processes of smtpd took the last so many messages.
clients_with_mail() {
    grep 'smtpd\[[0-9]*\]: [0-9A-F]*: client=' "$mail_log" | tail -n "$1" |
        sed 's/.*smtpd\[\([0-9]*\)\].*/\1/' | sort -u | wc -l
}

refused_messages_among_several_lose_no_other() {
    printf 'To: alice@inbox.example\nSubject: 1\n\nhi\n' >"$work/1.eml"
    printf 'To: nobody@inbox.example\nSubject: 2\n\nhi\n' >"$work/2.eml"
    printf 'To: bob@inbox.example\nSubject: 3\n\nhi\n' >"$work/3.eml"
    send --from joerg@outside.example --recipients-from-headers \
        --raw "$work/1.eml" --raw "$work/2.eml" --raw "$work/3.eml"
    check 'one message of three refused is exit 1' exits_with 1
    check 'it is told in the summary' says '^comms: sent 2 of 3; 1 refused$'
    check 'the message before it arrives' arrived alice grep -x 'Subject: 1'
    check 'the message behind it arrives' arrived bob grep -x 'Subject: 3'
}

# send ARG...: `comms send` into empty mailboxes, done when Postfix has delivered what it took.
send() {
    empty_mailboxes
    run send --url "$url" "$@"
    postfix_delivered || true
}

absent_from() {
    local path
    path=$(only_mail "$1") && compare absent "$path" "${@:2}"
}

is_the_id_of() {
    cat "$work/out"
    [[ $(wc -l <"$work/out") -eq 1 ]] && compare once "$mail/$1" "$work/out"
}

main "$@"
