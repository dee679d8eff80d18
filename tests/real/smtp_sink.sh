#!/usr/bin/env bash
# Lets `comms` meet Postfix's smtp-sink, which refuses, hangs up and falls silent at any command, and
# looks at how it ends: exit status, message, time, and what the sink has kept.
#
#   bash tests/real/smtp_sink.sh            uses the smtp-sink that is installed, else says `skipped`
#   bash tests/real/smtp_sink.sh --install  installs Postfix by apt-get first, as CI=true does
#
# The sinks run on free ports of 127.0.0.1, as whoever runs the script, or as nobody if that is root.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

main() {
    begin smtp_sink "$@"
    need_smtp_sink
    need_comms
    python3 "$here/samples.py" "$work"
    dumps=$work/dumps
    mkdir -m 777 "$dumps"
    at_exit stop_sink

    messages_arrive_unchanged
    several_messages_arrive_in_order
    content_is_ascii_without_8bitmime
    a_message_meets_every_fault
    a_message_in_single_commands_meets_every_fault
    a_message_without_esmtp_meets_every_fault
    a_message_by_lmtp_meets_every_fault
    a_series_meets_every_fault
    lmtp_refusals_are_told_for_each_recipient
    questions_meet_every_fault
    only_an_unknown_ehlo_is_followed_by_helo
    the_end_in_the_midst_of_content_is_told_from_the_end_after_it
    a_slow_server_is_waited_for
    a_thousand_recipients_do_not_block
    finish
}

# ------------------------------------------------------------------------------------- what arrives

messages_arrive_unchanged() {
    arrives_with smtp '' ESMTP ' BODY=8BITMIME'
    arrives_with smtp '-p' ESMTP ' BODY=8BITMIME'
    arrives_with smtp '-8' ESMTP ''
    arrives_with smtp '-a -C -E -F -N' ESMTP ' BODY=8BITMIME'
    arrives_with smtp '-e' SMTP ''
    arrives_with smtp '-P' SMTP ''
    arrives_with lmtp '-L' LMTP ' BODY=8BITMIME'
    arrives_with lmtp '-L -p' LMTP ' BODY=8BITMIME'
    arrives_with lmtp+unix '-L' LMTP ' BODY=8BITMIME'
}

# arrives_with SCHEME SINK_OPTIONS PROTOCOL MAIL_PARAMETERS
arrives_with() {
    local options sample
    read -ra options <<<"$2"
    for sample in odd odd_lf unfinished blank_lines dot_at_the_end no_body; do
        start_sink "$1" "${options[@]}"
        run send --url "$url" --from joerg@outside.example --to alice@inbox.example --to bob@inbox.example \
            --raw "$work/$sample.eml"
        check "$sample.eml by $1 to smtp-sink ${2:-as it is} is accepted" exits_with 0
        check "$sample.eml arrives with octets and header order unchanged" \
            arrived_in_dump compare raw "$work/$sample.eml"
    done
    check "MAIL has the parameters '$4'" arrived_in_dump grep -aFx "X-Mail-Args: <joerg@outside.example>$4"
    check "the session was $3" arrived_in_dump grep -aFx "X-Client-Proto: $3"
    check 'each recipient was named once' names_once 2
}

# names_once COUNT: the only message has so many recipients, all different.
names_once() {
    local dump named different
    dump=$(only_dump) || return
    named=$(grep -ac '^X-Rcpt-Args: ' "$dump")
    different=$(grep -a '^X-Rcpt-Args: ' "$dump" | sort -u | wc -l)
    echo "$named recipients, $different different ones, expected $1"
    [[ $named -eq $1 && $different -eq $1 ]]
}

several_messages_arrive_in_order() {
    local subject
    start_sink smtp -D "$dumps/all"
    for subject in first second third; do
        run send --url "$url" "${message[@]}" --subject "$subject"
        check "the $subject message to one sink is accepted" exits_with 0
    done
    check 'they stand in its dump in order' diff <(printf 'Subject: %s\n' first second third) \
        <(grep '^Subject: ' "$dumps/all")
}

content_is_ascii_without_8bitmime() {
    start_sink smtp -8
    run send --url "$url" --from joerg@outside.example --to alice@inbox.example --subject 'Prüfung' \
        --text-file "$work/text.txt" --html-file "$work/text.html" --attach "$work/text.txt"
    check 'a composed message to a server without 8BITMIME is accepted' exits_with 0
    check 'no octet of it has eight bits' arrived_in_dump is_ascii
}

is_ascii() {
    wc -c <"$1"
    ! LC_ALL=C grep -aP '[\x80-\xff]' "$1"
}

# ------------------------------------------------------------------------------ faults at a command

# The columns are the faults, in the order of $FAULTS; in front of them stand the command at which the
# sink has its fault and a pattern for what the client's message names.

a_message_meets_every_fault() {
    # A server that answers 500 to EHLO does not know it, and is greeted by HELO. A single message has
    # no use for RSET.
    every_fault 'a message' one_message smtp '' <<'END'
CONNECT  the.connection      67 75 75 69 69
EHLO     EHLO                 0 75 75 69 69
MAIL     MAIL.FROM:          67 75 75 69 69
RCPT     RCPT.TO:|recipient  67 75 75 69 69
DATA     DATA                67 75 75 69 69
.        the.content         67 75 75 74 74
QUIT     -                    0  0  0  0  0
RSET     -                    0  0  0  0  0
END
}

# Where nothing is sent ahead, the end of the session finds the client at another place.
a_message_in_single_commands_meets_every_fault() {
    every_fault 'a message in single commands' one_message smtp -p <<'END'
CONNECT  the.connection      67 75 75 69 69
EHLO     EHLO                 0 75 75 69 69
MAIL     MAIL.FROM:          67 75 75 69 69
RCPT     RCPT.TO:|recipient  67 75 75 69 69
DATA     DATA                67 75 75 69 69
.        the.content         67 75 75 74 74
QUIT     -                    0  0  0  0  0
END
}

a_message_without_esmtp_meets_every_fault() {
    every_fault 'a message without ESMTP' one_message smtp -e <<'END'
CONNECT  the.connection      67 75 75 69 69
HELO     HELO                67 75 75 69 69
MAIL     MAIL.FROM:          67 75 75 69 69
RCPT     RCPT.TO:|recipient  67 75 75 69 69
DATA     DATA                67 75 75 69 69
.        the.content         67 75 75 74 74
QUIT     -                    0  0  0  0  0
END
}

a_message_by_lmtp_meets_every_fault() {
    # Here the content is answered for each recipient, and so is its refusal.
    every_fault 'a message by LMTP' one_message lmtp -L <<'END'
CONNECT  the.connection         67 75 75 69 69
LHLO     LHLO                   67 75 75 69 69
MAIL     MAIL.FROM:             67 75 75 69 69
RCPT     RCPT.TO:|recipient     67 75 75 69 69
DATA     DATA                   67 75 75 69 69
.        the.content|recipient  67 75 75 74 74
QUIT     -                       0  0  0  0  0
END
}

questions_meet_every_fault() {
    every_fault 'comms noop' noop smtp '' <<'END'
CONNECT  the.connection  67 75 75 69 69
EHLO     EHLO             0 75 75 69 69
NOOP     NOOP            67 75 75 69 69
QUIT     -                0  0  0  0  0
END
    every_fault 'comms vrfy' vrfy smtp '' <<'END'
VRFY     VRFY.alice      67 75 75 69 69
QUIT     -                0  0  0  0  0
END
}

# The sink has its fault with each of three messages. A connection that is lost is made anew once, and then
# once more only if something has come of it. The words are cut to a letter: sent, refused, later,
# unreachable, ? for unknown, - for untried.
a_series_meets_every_fault() {
    every_fault 'a series of three' three_messages smtp '' <<'END'
CONNECT  -  67:---  75:---  75:---  69:---  69:---
EHLO     -   0:sss  75:---  75:---  69:---  69:---
MAIL     -  67:rrr  75:lll  75:ll-  69:uu-  69:uu-
RCPT     -  67:rrr  75:lll  75:lll  69:uu-  69:uu-
DATA     -  67:rrr  75:lll  75:lll  69:uu-  69:uu-
.        -  67:rrr  75:lll  75:lll  74:??-  74:??-
QUIT     -   0:sss   0:sss   0:sss   0:sss   0:sss
END
    every_fault 'a series of three by LMTP' three_messages lmtp -L <<'END'
MAIL     -  67:rrr  75:lll  75:ll-  69:uu-  69:uu-
.        -  67:rrr  75:lll  75:lll  74:??-  74:??-
END
}

# every_fault WHAT CLIENT SCHEME SINK_OPTIONS <TABLE: runs CLIENT against a sink with each fault at each
# command of the table. CLIENT is a function that runs comms once against $url and sets $carries, the
# messages that a sink without a fault would keep, and for a series $words, what was told of each.
every_fault() {
    local rows row cells options at=0 fault
    mapfile -t rows
    read -ra options <<<"$4"
    for row in "${rows[@]}"; do
        read -ra cells <<<"$row"
        for at in "${!FAULTS[@]}"; do
            read -ra fault <<<"${FAULTS[at]//COMMAND/${cells[0]}}"
            start_sink "$3" "${options[@]}" "${fault[@]}"
            words=
            "$2"
            check "$1, ${FAULT_NAMES[at]} at ${cells[0]}: exit ${cells[at + 2]}" \
                ends "${FAULT_NAMES[at]}" "${cells[0]}" "${cells[1]}" "${cells[at + 2]}"
        done
    done
}

# ends FAULT COMMAND PATTERN STATUS: how the last run ended is how it should, in every respect.
ends() {
    if [[ $4 == *:* ]]; then
        ends_each "$1" "$2" "${4%:*}" "${4#*:}"
        return
    fi
    exits_with "$4" && is_in_time "$1" "$4" && keeps "$2" "$4" &&
        if [[ $4 -eq 0 ]]; then says_nothing; else says_in_one_line "$3"; fi
}

# ends_each FAULT COMMAND STATUS WORDS: so do those of a series.
ends_each() {
    local sent=${4//[^s]/} asked=${4//-/}
    [[ $2 != . ]] || sent=$asked
    carries=${#sent}
    echo "told $words, expected $4"
    exits_with "$3" && [[ $words == "$4" ]] && is_in_time "$1" "$3" && keeps . "$3" && sums_up "${4//[^s]/}"
}

# sums_up LETTERS: the last line on standard error has as many messages as sent.
sums_up() {
    says_why && [[ $(tail -n 1 "$work/err") == "comms: sent ${#1} of 3"* ]]
}

# is_in_time FAULT STATUS: a silence is waited for where an answer matters, and never for long.
is_in_time() {
    local least=0
    [[ $1 != silence || $2 -eq 0 ]] || least=$((TIMEOUT * 900))
    took_between "$least" "$((TIMEOUT * 3000))"
}

# keeps COMMAND STATUS: the sink has the content if that came whole, which it did where the run succeeded
# or the fault was at the final dot. Of other transactions it may still have the envelope.
keeps() {
    local kept wanted=0
    [[ $2 -ne 0 && $1 != . ]] || wanted=$carries
    kept=$(cat "$dumps"/one.* /dev/null | grep -acFx "$CONTENT") || true
    echo "the sink has the content of $kept messages, expected $wanted"
    [[ $kept -eq $wanted ]]
}

says_nothing() {
    cat "$work/err"
    [[ ! -s $work/err ]]
}

says_in_one_line() {
    says_why && [[ $(wc -l <"$work/err") -eq 1 ]] && grep -qE "^comms: .*($1)" "$work/err"
}

# ---------------------------------------------------------------------------------- the clients

one_message() {
    carries=1
    run send --url "$url" --timeout "$TIMEOUT" "${message[@]}"
}

three_messages() {
    local number series=()
    for number in 1 2 3; do
        printf 'Subject: %s\nMessage-ID: <%s@x.example>\n\n%s\n' "$number" "$number" "$CONTENT" >"$work/$number.eml"
        series+=(--raw "$work/$number.eml")
    done
    run send --url "$url" --timeout "$TIMEOUT" --from joerg@outside.example --to alice@inbox.example "${series[@]}"
    words=$(cut -f 2 "$work/out" | sed 's/unknown/?/; s/untried/-/; s/^\(.\).*/\1/' | tr -d '\n')
}

noop() {
    carries=0
    run noop --url "$url" --timeout "$TIMEOUT"
}

vrfy() {
    carries=0
    run vrfy --url "$url" --timeout "$TIMEOUT" alice
}

# -------------------------------------------------------------------------------------- other faults

lmtp_refusals_are_told_for_each_recipient() {
    start_sink lmtp -L -f .
    run send --url "$url" "${message[@]}" --to bob@inbox.example --json
    check 'content refused for two recipients of LMTP: exit 67' exits_with 67
    check 'the report has the reply of each' compare report "$work/out" \
        --accepted --rejected 'alice@inbox.example 500 5.3.0' 'bob@inbox.example 500 5.3.0'
    start_sink lmtp -L -q .
    run send --url "$url" "${message[@]}" --to bob@inbox.example --json
    check 'content unanswered for two recipients of LMTP: exit 74' exits_with 74
    check 'the report has neither as accepted or rejected' compare report "$work/out" --accepted --rejected
}

# To greet by HELO would be to lose the extensions, and whoever is in the way could ask for it.
only_an_unknown_ehlo_is_followed_by_helo() {
    start_sink smtp -f EHLO -B '550 5.7.1 Not you'
    one_message
    check 'EHLO refused by 550 is exit 67' ends refusal EHLO 'EHLO .*: 550 5\.7\.1 Not you' 67
}

the_end_in_the_midst_of_content_is_told_from_the_end_after_it() {
    local large=(--attach "$work/ten_mebibytes.bin")
    # The refusal comes right behind the 354, and nothing is read any more.
    start_sink smtp -A 0
    one_message
    check 'a small message, refused before it is read: exit 67' exits_with 67
    check 'the refusal is told' says 'content was refused: 550 This violates SMTP'
    run send --url "$url" --timeout "$TIMEOUT" "${message[@]}" "${large[@]}"
    check 'a large message, refused before it is read: exit 67' exits_with 67
    check 'the refusal is told' says 'content was refused: 550 This violates SMTP'

    # It reads no more. The small message fits into what lies between, with its end; the large does not.
    start_sink smtp -H 60
    one_message
    check 'a small message that nobody reads: exit 74' exits_with 74
    check 'it ends in time' is_in_time silence 74
    check 'it is told that the content had been sent whole' says_in_one_line 'content, which had been sent whole'
    run send --url "$url" --timeout "$TIMEOUT" "${message[@]}" "${large[@]}"
    check 'a large message that nobody reads: exit 69' exits_with 69
    check 'it ends in time' is_in_time silence 69
    check 'it is told that content could not be sent' says_in_one_line 'content could not be sent'
}

# The time-out is for each step: the whole may take longer.
a_slow_server_is_waited_for() {
    local command slow=()
    for command in CONNECT EHLO MAIL RCPT DATA .; do
        slow+=(-W "$command:1")
    done
    start_sink smtp -p "${slow[@]}"
    run send --url "$url" --timeout 2 "${message[@]}"
    check 'a second for each answer, where two are allowed: exit 0' exits_with 0
    check 'it takes the time of all answers' took_between 5900 12000
    check 'the sink has the message' keeps . 0
}

a_thousand_recipients_do_not_block() {
    local number many=()
    for number in {1..1000}; do
        many+=(--to "number$number@inbox.example")
    done
    start_sink smtp
    run send --url "$url" --timeout "$TIMEOUT" "${message[@]}" "${many[@]}"
    check 'a message to a thousand and one is accepted' exits_with 0
    check 'each was named once' names_once 1001

    start_sink smtp -q RCPT
    run send --url "$url" --timeout "$TIMEOUT" "${message[@]}" "${many[@]}"
    check 'a thousand recipients, hung up on: exit 69' ends closing RCPT 'RCPT.TO:' 69
    start_sink smtp -Q RCPT
    run send --url "$url" --timeout "$TIMEOUT" "${message[@]}" "${many[@]}"
    check 'a thousand recipients, sent away: exit 75' ends 421 RCPT 'RCPT.TO:' 75
    start_sink smtp -f RCPT
    run send --url "$url" --timeout "$TIMEOUT" "${message[@]}" "${many[@]}"
    check 'a thousand recipients, all refused: exit 67' ends refusal RCPT 'recipient' 67
}

# ------------------------------------------------------------------------------------------ the sink

need_smtp_sink() {
    PATH=$PATH:/usr/sbin
    if ! command -v smtp-sink >/dev/null; then
        [[ $install == yes ]] || skip 'smtp-sink is not installed (run with --install)'
        [[ $EUID -eq 0 ]] || skip 'installing Postfix needs root (run as root or with sudo)'
        install_packages postfix || skip 'Postfix could not be installed'
    fi
    as=()
    [[ $EUID -ne 0 ]] || as=(-u nobody)
}

# start_sink SCHEME OPTION...: a sink in the place of the one before, with nothing kept. Sets $url.
start_sink() {
    local scheme=$1 port path
    stop_sink
    rm -f "$dumps"/*
    [[ $* == *-D* ]] || set -- "$@" -d "$dumps/one."
    if [[ $scheme == lmtp+unix ]]; then
        path=$dumps/socket
        url=lmtp+unix:$path
        smtp-sink "${as[@]}" "${@:2}" "unix:$path" 100 >"$work/sink.log" 2>&1 </dev/null &
        sink=$!
        wait_until "$READY" test -S "$path" || { cat "$work/sink.log" >&2; exit 1; }
    else
        port=$(free_port)
        url="$scheme://127.0.0.1:$port?tls=none"
        smtp-sink "${as[@]}" "${@:2}" "127.0.0.1:$port" 100 >"$work/sink.log" 2>&1 </dev/null &
        sink=$!
        wait_for_listener "$port"
    fi
}

stop_sink() {
    [[ -n $sink ]] || return 0
    kill "$sink" 2>/dev/null || true
    wait "$sink" 2>/dev/null || true
    sink=
}

# only_dump: the path of the single message that the sink has kept; fails if there are others.
only_dump() {
    local found=("$dumps"/one.*)
    if [[ ${#found[@]} -ne 1 ]]; then
        echo "the sink has ${#found[@]} messages, expected 1" >&2
        return 1
    fi
    printf '%s\n' "${found[0]}"
}

# arrived_in_dump COMMAND...: runs the command with the path of the only message at its end, without the
# empty line that smtp-sink adds.
arrived_in_dump() {
    local path
    path=$(only_dump) && head -c -1 "$path" >"$work/dump" && "$@" "$work/dump"
}

# Seconds for each step. A sink that is silent outlives them by far.
TIMEOUT=1
FAULT_NAMES=(5xx 4xx 421 closing silence)
# smtp-sink answers out of turn if it is slow with one of several commands in a group, hence the `-p`.
FAULTS=('-f COMMAND' '-r COMMAND' '-Q COMMAND' '-q COMMAND' '-p -W COMMAND:60')
CONTENT='Into the sink.'
message=(--from joerg@outside.example --to alice@inbox.example --text "$CONTENT")
sink=

main "$@"
