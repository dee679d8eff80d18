#!/usr/bin/env bash
# Sends a series of messages with `comms` through each real server that there is, over one connection and
# over three, in chunks and without, and looks at what was told of each message and what arrived.
#
#   bash tests/real/series.sh            uses the servers that are installed, and says which are skipped
#   bash tests/real/series.sh --install  installs or unpacks them first, as CI=true does
#
# It must run as root, as most of the servers give up root themselves. They are instances of their own, in a
# temporary directory and on free ports of 127.0.0.1, and no others are touched.
# shellcheck disable=SC2030,SC2031 # each part has variables of its own, in a subshell
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
# shellcheck source-path=SCRIPTDIR source=exim_instance.sh
source "$here/exim_instance.sh"
# shellcheck source-path=SCRIPTDIR source=opensmtpd_instance.sh
source "$here/opensmtpd_instance.sh"
# shellcheck source-path=SCRIPTDIR source=aiosmtpd_instance.sh
source "$here/aiosmtpd_instance.sh"

main() {
    local part
    begin series "$@"
    [[ $EUID -eq 0 ]] || skip 'the servers can be started by root alone (run as root or with sudo)'
    need_comms
    python3 "$here/samples.py" "$work"
    write_certificates
    series=$work/series
    password='correct horse/battery+staple'
    echo "$password" >"$work/password"
    login=(--user alice --ca-file "$certificates/ca.pem" --password-file "$work/password")

    for part in through_postfix through_postfix_under_tls through_dovecot through_exim through_opensmtpd \
        through_aiosmtpd; do
        alone "$part"
    done
    [[ $passed -gt 0 || $failed -gt 0 ]] || skip 'none of the servers is there'
    finish
}

# alone PART: with a folder and servers of its own, which are gone when it ends. What is not there is skipped.
alone() {
    local counts=$work/counts of_part
    rm -f "$counts"
    echo "== ${1//_/ }"
    (
        mkdir -m 755 "$work/part"
        cp "$work/password" "$work/part"
        work=$work/part
        departures=()
        trap depart EXIT
        trap 'exit 130' INT TERM
        passed=0
        failed=0
        "$1"
        echo "$passed $failed" >"$counts"
    )
    [[ -e $counts ]] || return 0
    read -ra of_part <"$counts"
    passed=$((passed + of_part[0]))
    failed=$((failed + of_part[1]))
}

# ------------------------------------------------------------------------------------- the servers

through_postfix() {
    need_postfix
    strict_port=$(free_port)
    busy_port=$(free_port)
    hasty_port=$(free_port)
    # shellcheck disable=SC2034 # start_postfix calls it
    postfix_addition=add_impatient_ports
    start_postfix
    settled=postfix_delivered
    ids=postfix_ids
    circles=(29 47)
    server=Postfix
    url="smtp://127.0.0.1:$port?tls=none"
    in_every_way in_chunks in_groups

    postfix_hangs_up_on_mistakes
    postfix_takes_ten_messages
    postfix_hangs_up_on_silence
}

# add_impatient_ports DIR: the first hangs up on mistakes, the second takes ten messages in a minute, the
# third hangs up on silence.
add_impatient_ports() {
    cat >>"$1/etc/master.cf" <<END
127.0.0.1:$strict_port inet n - n - - smtpd
    -o smtpd_hard_error_limit=3
127.0.0.1:$busy_port inet n - n - - smtpd
    -o smtpd_client_message_rate_limit=10
127.0.0.1:$hasty_port inet n - n - - smtpd
    -o smtpd_timeout=1s
END
}

postfix_ids() {
    sed -nE 's/.*cleanup\[[0-9]*\]: ([0-9A-F]+): message-id=<(.*)>$/\1 \2/p' "$mail_log"
}

# Two messages in a row to nobody are too many mistakes. What stands behind them is not read, and then the
# connection is reset: the replies to messages that were taken may be lost, and with them the 421.
postfix_hangs_up_on_mistakes() {
    server='a Postfix that hangs up on mistakes'
    url="smtp://127.0.0.1:$strict_port?tls=none"
    may=(later unknown)
    in_every_way
    check 'Postfix hung up each time' counted 4 'too many errors after' "$mail_log"
    # One at a time leaves nothing unread.
    may=(later)
    send_series 1 true --set Smtp.window=1
    check "$(told '1 true'), one at a time: nothing is unknown" told_rightly
    may=()
}

postfix_takes_ten_messages() {
    server='a Postfix that takes ten messages'
    url="smtp://127.0.0.1:$busy_port?tls=none"
    may=(later unknown)
    send_series 1 true
    check "$(told '1 true'): what is told is true" told_rightly
    check 'ten arrive' has_mail 10 alice
    may=()
}

# The reader of the second message makes a pause, which is too long for the server.
postfix_hangs_up_on_silence() {
    local chunking
    url="smtp://127.0.0.1:$hasty_port?tls=none"
    for chunking in true false; do
        empty_mailboxes
        status=0
        { sleep 2 && cat "$series/02.eml"; } | "$comms" send --url "$url" --from joerg@outside.example \
            --to alice@inbox.example --raw "$series/01.eml" --raw - --raw "$series/03.eml" \
            --set "Smtp.chunking=$chunking" >"$work/out" 2>"$work/err" || status=$?
        postfix_delivered || true
        check "a pause that is too long for Postfix, chunking=$chunking: the messages behind it are sent" \
            test "$(grep -cP '^[23]\tsent\t' "$work/out")" -eq 2
        grep -oP '\tsent\t\K<.*>' "$work/out" >"$work/sent"
        check 'those that are told of as sent arrive, each exactly once' compare once "$mail/alice" "$work/sent"
    done
}

through_postfix_under_tls() {
    need_postfix
    need_dovecot
    start_dovecot
    start_tls_postfix
    settled=postfix_delivered
    ids=postfix_ids
    circles=()
    server='Postfix under TLS'
    url="submission://localhost:$submission_port"
    access=("${login[@]}")
    wire=Tls
    the_first 20
    in_every_way in_chunks in_groups
}

through_dovecot() {
    need_dovecot
    start_dovecot
    mail=$lmtp_mail
    server='Dovecot by LMTP'
    url="lmtp+unix:$lmtp_socket"
    wire=Unix
    # The replies to content are as many as the recipients that were accepted: one message at a time.
    in_every_way in_chunks_one_by_one in_groups
}

through_exim() {
    need_exim
    settled=exim_delivers
    ids=exim_ids
    circles=(29 47)
    access=("${login[@]}")
    wire=Tls
    start_exim
    server='Exim under TLS'
    url="submission://localhost:$port"
    in_every_way in_chunks in_groups

    stop_exim
    rm -r "$work/exim"
    # shellcheck disable=SC2034 # start_exim reads it
    exim_addition='smtp_accept_max_per_connection = 7'
    start_exim
    server='an Exim that takes seven at a time'
    ways=('1 true' '3 false')
    url="submission://localhost:$port"
    in_every_way
}

exim_ids() {
    sed -nE 's/^[^ ]+ [^ ]+ ([^ ]+) <= .* id=([^ ]+).*/\1 \2/p' "$exim_log"
}

through_opensmtpd() {
    need_opensmtpd
    settled=opensmtpd_delivered
    ids=opensmtpd_ids
    circles=(29 47)
    start_opensmtpd
    server=OpenSMTPD
    url="smtp://127.0.0.1:$port?tls=none"
    in_every_way step_by_step step_by_step

    stop_opensmtpd
    rm -r "$jail"
    # shellcheck disable=SC2034 # start_opensmtpd reads it
    smtpd_addition='smtp limit max-mails 7'
    start_opensmtpd
    server='an OpenSMTPD that takes seven at a time'
    ways=('1 true' '3 false')
    url="smtp://127.0.0.1:$port?tls=none"
    # It goes on to say 452 and does not hang up.
    may=(later)
    in_every_way
}

# OpenSMTPD's log does not name messages by their ids; what it delivers has both, and counts if its log has
# the queue id.
opensmtpd_ids() {
    local in_log='s/.* smtp message msgid=([0-9a-f]{8}) .*/\1/p'
    cat "$mail"/*/new/* | sed -nE 's/.*\(OpenSMTPD\) with ESMTP id ([0-9a-f]{8}).*/\1/; T number; h
        :number; s/^X-Number: ([0-9]+)/\1@series.example/; T; H; x; s/\n/ /p' |
        grep -F -f <(sed -nE "$in_log" "$smtpd_log")
}

through_aiosmtpd() {
    need_aiosmtpd
    start_aiosmtpd
    server='aiosmtpd under TLS'
    url="submission://localhost:$aiosmtpd_port"
    access=("${login[@]}")
    wire=Tls
    users=(alice)
    in_every_way step_by_step step_by_step
}

# --------------------------------------------------------------------------------------- the series

# in_every_way [IN_CHUNKS IN_GROUPS]: in each of the $ways. The two are what must stand in the log then.
in_every_way() {
    local way
    for way in "${ways[@]}"; do
        # shellcheck disable=SC2086 # two words
        send_series $way
        [[ ${#may[@]} -gt 0 ]] || check "$(told "$way"): exit 1" exits_with 1
        check "$(told "$way"): what is told is true, and each arrives once and unchanged" told_rightly
        [[ $# -eq 0 ]] || case $way in
            '1 true') check "the log shows them ${1//_/ }" "$1" ;;
            '1 false') check "the log shows them ${2//_/ }" "$2" ;;
        esac
    done
}

# told 'CONNECTIONS CHUNKING': the words for it.
told() {
    local connections chunking
    read -r connections chunking <<<"$1"
    echo "a series through $server over $connections, chunking=$chunking"
}

# the_first COUNT: only so many of the series.
the_first() {
    local all=("$work"/../series/*)
    series=$work/series
    mkdir "$series"
    cp "${all[@]:0:$1}" "$series"
}

# send_series CONNECTIONS CHUNKING ARG...: into empty mailboxes, done when the server has delivered it.
send_series() {
    empty_mailboxes
    rm -f "$work"/log*
    run send --url "$url" "${access[@]}" --from joerg@outside.example --recipients-from-headers --each "$series" \
        --connections "$1" --set "Smtp.chunking=$2" --log "$work/log" --json "${@:3}"
    "$settled" || true
}

# told_rightly: see compare.py. Where the server tells its queue ids, they are those of its log.
told_rightly() {
    local known=()
    if [[ -n $ids ]]; then
        "$ids" >"$work/ids"
        known=(--ids "$work/ids")
    fi
    compare series "$work/out" "$series" "$mail" --users "${users[@]}" --refused "${circles[@]}" \
        --may "${may[@]}" "${known[@]}"
}

# counted COUNT PATTERN FILE: so many lines at least have it.
counted() {
    local found
    found=$(grep -cE -- "$2" "$3")
    echo "$found lines with '$2', expected $1"
    [[ $found -ge $1 ]]
}

# ----------------------------------------------------------------------------------------- the wire

# By BDAT, and the next message is on its way before the one before is answered; RSET stands between.
in_chunks() {
    sum_up && [[ ${count[bdat]} -ge $((count[taken] / 2)) && ${count[rset]} -ge 5 && ${count[flight]} -ge 5 ]]
}

# By BDAT, each message when the one before was answered.
in_chunks_one_by_one() {
    sum_up && [[ ${count[bdat]} -ge $((count[taken] / 2)) && ${count[flight]} -eq 1 ]]
}

# By DATA, and the end of each content is in one write with the MAIL of the next message.
in_groups() {
    sum_up && [[ ${count[bdat]} -eq 0 && ${count[joint]} -ge $((count[taken] - 1)) && ${count[apart]} -le 1 ]]
}

# Each command waits for the reply to the one before.
step_by_step() {
    sum_up && [[ ${count[bdat]} -eq 0 && ${count[joint]} -eq 0 && ${count[ahead]} -eq 1 ]]
}

# Sets $count to what wire.awk counts in the log of the last run, and to the messages that were taken.
sum_up() {
    local name number
    while IFS='=' read -r name number; do
        count[$name]=$number
    done < <(cat "$work"/log{.1,} | awk -v bottom="$wire" -f "$here/wire.awk")
    count[taken]=$(grep -cE '"status":"(sent|partly)"' "$work/out")
    declare -p count
}

declare -A count
server=
wire=Tcp
settled=true
ids=
users=(alice bob)
# Over how many connections, and whether in chunks where the server takes them.
ways=('1 true' '3 true' '1 false' '3 false')
# The numbers of messages that went in circles, where a server minds.
circles=()
# What may be told of any message, where the server does not take them all.
may=()
access=()

main "$@"
