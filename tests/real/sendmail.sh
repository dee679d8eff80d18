#!/usr/bin/env bash
# Has programs that hand over mail to a sendmail hand it to `comms sendmail`: cron's way, git send-email,
# mutt, bsd-mailx and s-nail; to `comms sink`, and to Postfix.
#
#   bash tests/real/sendmail.sh            uses what is installed, else says `skipped`
#   bash tests/real/sendmail.sh --install  installs it by apt-get first, as CI=true does
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
# shellcheck source-path=SCRIPTDIR source=postfix_instance.sh
source "$here/postfix_instance.sh"

main() {
    local peer program
    begin sendmail "$@"
    need_programs
    need_postfix
    need_comms
    sendmail=$work/sendmail
    ln -s "$(realpath "$comms")" "$sendmail"
    # Nothing of whoever runs this.
    export HOME=$work/home EMAIL=joerg@outside.example
    mkdir "$HOME"
    write_repository
    start_postfix
    start_sink
    for peer in postfix sink; do
        for program in cron git_send_email mutt bsd_mailx s_nail; do
            export COMMS_URL=${urls[$peer]}
            check "$program hands mail to sendmail, for $peer" "by_$program" "$program.$peer"
            check "it arrived" arrived "$peer" "$program.$peer"
        done
    done
    export COMMS_URL=${urls[postfix]}
    check 'a recipient that is refused is 67' refused
    finish
}

need_programs() {
    local missing=()
    command -v mutt >/dev/null || missing+=(mutt)
    command -v bsd-mailx >/dev/null || missing+=(bsd-mailx)
    command -v s-nail >/dev/null || missing+=(s-nail)
    debian_git send-email --help >/dev/null 2>&1 || missing+=(git-email)
    [[ ${#missing[@]} -gt 0 ]] || return 0
    [[ $install == yes ]] || skip "not installed: ${missing[*]} (run with --install)"
    [[ $EUID -eq 0 ]] || skip 'installing needs root (run as root or with sudo)'
    install_packages "${missing[@]}" || skip "could not be installed: ${missing[*]}"
}

# That of Debian, which has send-email beside it.
debian_git() {
    PATH=/usr/bin:$PATH git "$@"
}

# start_sink: fills in its URL.
start_sink() {
    local sink_port
    sink_port=$(free_port)
    mkdir "$work/inbox"
    "$comms" sink --listen "127.0.0.1:$sink_port" --maildir "$work/inbox" >"$work/sink" 2>&1 &
    at_exit "kill $!"
    wait_for_port "$sink_port" '220 '
    declare -gA urls=(
        [postfix]="smtp://127.0.0.1:$port?tls=none"
        [sink]="smtp://127.0.0.1:$sink_port?tls=none"
    )
}

write_repository() {
    repository=$work/repository
    debian_git init -q "$repository"
    (
        cd "$repository"
        debian_git config user.name 'Joerg'
        debian_git config user.email joerg@outside.example
        debian_git config sendemail.smtpServer "$sendmail"
        echo one >file
        debian_git add file
        debian_git commit -qm 'A file'
    )
}

# by_PROGRAM SUBJECT: a message of that subject to alice.

by_cron() {
    printf 'From: root (Cron Daemon)\nTo: alice@inbox.example\nSubject: %s\n\nout\n.\nput\n' "$1" |
        "$sendmail" -FCronDaemon -i -B8BITMIME -oem -f joerg@outside.example -t
}

by_git_send_email() {
    (
        cd "$repository"
        debian_git send-email --quiet --to alice@inbox.example --confirm never \
            --suppress-cc all --subject-prefix "$1" -1
    )
}

by_mutt() {
    echo 'A body.' | mutt -n -F /dev/null -e "set sendmail='$sendmail -oem -oi'" \
        -e 'set copy=no' -e 'set use_envelope_from=yes' -e 'set from=joerg@outside.example' \
        -s "$1" alice@inbox.example
}

# It knows its sendmail from a file alone.
by_bsd_mailx() {
    echo "set sendmail=$sendmail" >"$work/mailrc"
    echo 'A body.' | MAILRC=$work/mailrc bsd-mailx -n -s "$1" -r joerg@outside.example \
        alice@inbox.example
}

by_s_nail() {
    echo 'A body.' | s-nail -:/ -S v15-compat -S sendwait -S "mta=file://$sendmail" \
        -r joerg@outside.example -s "$1" alice@inbox.example
}

# arrived PEER SUBJECT: one message of that subject, from joerg, in whose mailbox it belongs.
arrived() {
    local folder=$work/inbox found
    if [[ $1 == postfix ]]; then
        postfix_delivered
        folder=$mail/alice
    fi
    found=$(grep -rlF "Subject:" "$folder/new" | xargs grep -lF "$2" | xargs grep -l '^Return-Path: <joerg@outside.example>')
    [[ $(wc -l <<<"$found") == 1 ]]
    grep -E '^(Subject|From|Message-I[Dd]|Date):' "$found"
}

refused() {
    local status=0
    printf 'To: nobody@closed.example\nSubject: x\n\n' | "$sendmail" -t -f joerg@outside.example ||
        status=$?
    echo "status $status"
    [[ $status == 67 ]]
}

main "$@"
