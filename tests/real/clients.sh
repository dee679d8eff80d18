#!/usr/bin/env bash
# Lets real clients deliver to `comms sink`: curl, swaks, Python's smtplib, msmtp, and Postfix as it relays;
# in clear, by STARTTLS and with TLS from the first octet, to a sink with CHUNKING and to one without.
#
#   bash tests/real/clients.sh            uses what is installed, else says `skipped`
#   bash tests/real/clients.sh --install  installs it by apt-get first, as CI=true does
#
# All but Postfix run as whoever runs the script.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
# shellcheck source-path=SCRIPTDIR source=certificates.sh
source "$here/certificates.sh"
# shellcheck source-path=SCRIPTDIR source=postfix_instance.sh
source "$here/postfix_instance.sh"

main() {
    local security
    begin clients "$@"
    need_clients
    need_postfix
    need_comms
    python3 "$here/samples.py" "$work"
    write_certificates
    mail=$work/mail
    clients_deliver clear '' odd dot_at_the_end blank_lines
    clients_deliver clear CHUNKING,PIPELINING,SIZE,8BITMIME odd dot_at_the_end
    clients_deliver starttls '' odd
    clients_deliver immediate '' odd
    for security in clear starttls; do
        postfix_relays "$security"
    done
    finish
}

# clients_deliver SECURITY WITHOUT SAMPLE...: and the sink has exactly what each was given.
clients_deliver() {
    local security=$1 client sample
    start_sink "$1" "$2"
    for client in curl swaks smtplib msmtp; do
        for sample in "${@:3}"; do
            # It takes a last line of a dot for the end of what it is to send.
            [[ $client.$sample != swaks.dot_at_the_end ]] || continue
            empty_mailboxes
            check "$client delivers $sample.eml, $security${2:+, without $2}" \
                "by_$client" "$work/$sample.eml"
            check 'it arrived unchanged' arrived . compare raw "$work/$sample.eml"
        done
    done
    stop_sink
}

by_curl() {
    local tls=()
    [[ $security == clear ]] || tls=(--ssl-reqd --cacert "$certificates/ca.pem")
    timeout "$LONGEST_RUN" curl --silent --show-error "${tls[@]}" \
        --mail-from joerg@outside.example --mail-rcpt alice@inbox.example --upload-file "$1" \
        "smtp$([[ $security == immediate ]] && echo s)://localhost:$sink_port/client.example"
}

by_swaks() {
    local tls=()
    [[ $security == starttls ]] && tls=(--tls)
    [[ $security == immediate ]] && tls=(--tlsc)
    # It puts a line end of its own behind what it is given, and wants LF.
    head -c -2 "$1" | tr -d '\r' >"$work/for-swaks"
    timeout "$LONGEST_RUN" swaks --silent 2 "${tls[@]}" --server localhost --port "$sink_port" \
        --from joerg@outside.example --to alice@inbox.example --data "@$work/for-swaks"
}

by_smtplib() {
    timeout "$LONGEST_RUN" python3 "$here/smtplib_client.py" "$security" "$sink_port" \
        "$certificates/ca.pem" joerg@outside.example alice@inbox.example "$1"
}

by_msmtp() {
    local tls=(--tls=off)
    [[ $security == starttls ]] && tls=(--tls=on --tls-starttls=on)
    [[ $security == immediate ]] && tls=(--tls=on --tls-starttls=off)
    # It adds From, Date and Message-ID where they are missing, removes Bcc, and wants LF.
    tr -d '\r' <"$1" |
        timeout "$LONGEST_RUN" msmtp --file=/dev/null --host=localhost --port="$sink_port" "${tls[@]}" \
            --tls-trust-file="$certificates/ca.pem" --from=joerg@outside.example -- alice@inbox.example
}

# postfix_relays SECURITY: what Postfix is given it hands on to the sink, all of it in few connections.
postfix_relays() {
    start_sink "$1" ''
    relay_level=$([[ $1 == clear ]] && echo none || echo encrypt)
    postfix_addition=relay_everything
    start_postfix
    mail=$work/mail
    empty_mailboxes
    run send --url "smtp://127.0.0.1:$port?tls=none" --from joerg@outside.example \
        --to alice@inbox.example --each "$work/outbox.d"
    check "Postfix takes all messages of an outbox to relay, $1" exits_with 0
    check 'it hands all of them on' postfix_delivered
    check 'each arrived once, unchanged' compare same "$work/outbox.d" "$work/mail"
    stop_postfix
    mv "$work/postfix" "$work/postfix-$1"
    stop_sink
}

# relay_everything DIR: Postfix takes mail from this machine and hands it to the sink.
relay_everything() {
    cat >>"$1/etc/main.cf" <<END
mynetworks = 127.0.0.0/8
smtpd_relay_restrictions = permit_mynetworks, reject
smtpd_recipient_restrictions = permit_mynetworks, reject
virtual_mailbox_domains =
default_transport = smtp
relayhost = [127.0.0.1]:$sink_port
smtp_host_lookup = native
smtp_dns_support_level = disabled
smtp_tls_security_level = $relay_level
smtp_tls_CAfile = $certificates/ca.pem
END
    cat >>"$1/etc/master.cf" <<END
smtp       unix   - - n - - smtp
scache     unix   - - n - 1 scache
tlsmgr     unix   - - n 1000? 1 tlsmgr
END
}

# ----------------------------------------------------------------------------------------- the sink

# start_sink SECURITY WITHOUT: sets $sink_port.
start_sink() {
    local flags=(--listen 127.0.0.1:0 --maildir "$work/mail")
    [[ $1 == clear ]] || flags+=(--tls-cert "$certificates/server.pem" --tls-key "$certificates/server.key")
    [[ $1 == immediate ]] && flags+=(--tls-immediately)
    [[ -z $2 ]] || flags+=(--without "$2")
    : >"$work/sink"
    "$comms" sink "${flags[@]}" >"$work/sink" 2>"$work/sink-trouble" </dev/null &
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
    local ended=0
    kill "$sink"
    wait "$sink" || ended=$?
    check 'the sink ends in good order, and had no trouble with a client' \
        ended_well "$ended" "$work/sink-trouble"
}

ended_well() {
    cat "$2"
    [[ $1 -eq 0 ]] && ! grep -v ' from [0-9]* client' "$2"
}

need_clients() {
    if ! are_there; then
        [[ $install == yes ]] || skip 'curl, swaks or msmtp is not installed (run with --install)'
        [[ $EUID -eq 0 ]] || skip 'installing clients needs root (run as root or with sudo)'
        install_packages curl swaks libnet-ssleay-perl msmtp || skip 'clients could not be installed'
        are_there || skip 'the packages did not bring the clients'
    fi
}

are_there() {
    command -v curl && command -v swaks && command -v msmtp && perl -MNet::SSLeay -e 1
} >/dev/null 2>&1

main "$@"
