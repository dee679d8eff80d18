#!/usr/bin/env bash
# Sends mail with `comms` to a real OpenSMTPD, and looks at what arrived. It is a server that takes no
# commands in groups and ends what it does not expect.
#
#   bash tests/real/opensmtpd.sh            uses the OpenSMTPD that is installed, else says `skipped`
#   bash tests/real/opensmtpd.sh --install  unpacks one for this run, as CI=true does: Debian does not
#                                           let its package and Postfix's stand side by side
#
# It must run as root, as OpenSMTPD gives up root itself. It is an instance of its own, in a root
# directory of its own and on a free port of 127.0.0.1, and no other is touched. It has no TLS: Debian's
# does not come to terms with its OpenSSL.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
# shellcheck source-path=SCRIPTDIR source=opensmtpd_instance.sh
source "$here/opensmtpd_instance.sh"

main() {
    begin opensmtpd "$@"
    need_opensmtpd
    need_comms
    python3 "$here/samples.py" "$work"
    start_opensmtpd
    url="smtp://127.0.0.1:$port?tls=none"

    messages_arrive_unchanged
    recipients_have_their_replies
    a_delivery_is_told_about_when_asked
    a_message_beyond_the_limit_is_not_sent
    content_can_be_refused
    a_user_can_be_asked_for
    nothing_is_out_of_step
    finish
}

messages_arrive_unchanged() {
    local sample
    for sample in odd odd_lf unfinished blank_lines dot_at_the_end no_body; do
        send --to alice@inbox.example --raw "$work/$sample.eml"
        check "$sample.eml is accepted" exits_with 0
        check "$sample.eml arrives with octets and header order unchanged" \
            arrived alice compare raw "$work/$sample.eml"
    done
    send --to alice@inbox.example "${text[@]}" --attach "$work/ten_mebibytes.bin"
    check 'a message with 10 MiB attached is accepted' exits_with 0
    check 'it arrives' has_mail 1 alice
}

recipients_have_their_replies() {
    local queue_id=none
    send --to alice@inbox.example --to nobody@inbox.example "${text[@]}" --json
    check 'one recipient of two unknown is exit 1' exits_with 1
    check 'the report names the unknown one with code and enhanced code' compare report "$work/out" \
        --accepted alice@inbox.example --rejected 'nobody@inbox.example 524 5.2.4'
    check 'the message arrives at the other' has_mail 1 alice
    queue_id=$(compare field "$work/out" queue_id) || queue_id=none
    check "the queue id $queue_id is the one in OpenSMTPD's log" \
        new_lines -E " mda delivery evpid=${queue_id}[0-9a-f]* .*rcpt=<alice@inbox.example> .*result=Ok"

    send --to nobody@inbox.example --to alice@elsewhere.example "${text[@]}" --json
    check 'all recipients refused is exit 67' exits_with 67
    check 'the report has the reply of each' compare report "$work/out" \
        --accepted --rejected 'nobody@inbox.example 524 5.2.4' 'alice@elsewhere.example 550 None'
    check 'the refusal is told' says '5\.2\.4'
    send --to later@inbox.example "${text[@]}"
    check 'a recipient put off is exit 75' exits_with 75
    check 'the reply is told' says '4\.2\.0'
    check 'nothing arrives' has_mail 0 alice
}

a_delivery_is_told_about_when_asked() {
    local from=bob@inbox.example
    send --to alice@inbox.example "${text[@]}" --notify success,failure --ret hdrs --envid Voyage+7
    check 'a message with --notify, --ret and --envid is accepted' exits_with 0
    check 'it arrives' has_mail 1 alice
    check 'the sender is told of the delivery' has_mail 1 bob
    check 'it is a report about alice' arrived bob grep -aE '^Final-Recipient: .*alice@inbox\.example'
    check 'it says that the message was delivered' arrived bob grep -aE '^Action: delivered'
    check 'only the headers come back' arrived bob grep -aE '^Content-Type: (message/rfc822-headers|text/rfc822-headers)'

    send --to alice@inbox.example "${text[@]}" --notify never
    check 'a message with --notify never is accepted' exits_with 0
    check 'it arrives' has_mail 1 alice
    check 'the sender is told nothing' has_mail 0 bob
}

a_message_beyond_the_limit_is_not_sent() {
    send --to alice@inbox.example "${text[@]}" --attach "$work/ten_mebibytes.bin" \
        --attach "$work/ten_mebibytes.bin"
    check 'a message beyond the limit of SIZE is exit 67' exits_with 67
    check 'the limit is told' says 16777216
    check 'nothing of it is sent' sent_nothing
}

sent_nothing() {
    new_lines ' smtp ' && ! new_lines -E ' smtp (message|envelope|failed-command)'
}

content_can_be_refused() {
    local hop
    for hop in {1..150}; do
        printf 'Received: from hop%s.example by here.example; Mon, 2 Jan 2006 15:04:05 +0000\r\n' "$hop"
    done >"$work/loop.eml"
    cat "$work/odd.eml" >>"$work/loop.eml"
    send --to alice@inbox.example --raw "$work/loop.eml"
    check 'a message that went in circles is exit 67' exits_with 67
    check 'the refusal is told' says 'content was refused: .*loop'
    check 'nothing arrives' has_mail 0 alice
}

a_user_can_be_asked_for() {
    run noop --url "$url"
    check 'comms noop is exit 0' exits_with 0
    run help --url "$url"
    check 'comms help is exit 0' exits_with 0
    check 'it prints what the server says' grep OpenSMTPD "$work/out"
}

# OpenSMTPD takes no commands in groups, and says so to whom sends ahead.
nothing_is_out_of_step() {
    check 'OpenSMTPD never complained about the protocol' quiet 'bad-input|pipelining|syntax error|not recognized'
}

# quiet PATTERN: no line of OpenSMTPD's log has it, though there are lines.
quiet() {
    wc -l <"$smtpd_log"
    [[ -s $smtpd_log ]] && ! grep -iE -- "$1" "$smtpd_log"
}

# send ARG...: `comms send` into empty mailboxes, done when OpenSMTPD has delivered what it took.
send() {
    empty_mailboxes
    seen=$(wc -l <"$smtpd_log")
    run send --url "$url" --from "${from:-joerg@outside.example}" "$@"
    opensmtpd_delivered || true
}

# new_lines ARG...: greps in what OpenSMTPD has written since the last send began.
new_lines() {
    tail -n "+$((seen + 1))" "$smtpd_log" | grep "$@"
}

text=(--subject Opened --text 'To a server of another house.')

main "$@"
