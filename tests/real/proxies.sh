#!/usr/bin/env bash
# Sends mail with `comms` to a real aiosmtpd, directly and through a real SOCKS5 proxy (microsocks) and
# a real HTTP proxy (tinyproxy), with STARTTLS and a login inside.
#
#   bash tests/real/proxies.sh            uses what is installed, else says `skipped`
#   bash tests/real/proxies.sh --install  installs it by apt-get first, as CI=true does
#
# All three run as whoever runs the script, on free ports of 127.0.0.1.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
# shellcheck source-path=SCRIPTDIR source=certificates.sh
source "$here/certificates.sh"
# shellcheck source-path=SCRIPTDIR source=aiosmtpd_instance.sh
source "$here/aiosmtpd_instance.sh"

main() {
    local way
    begin proxies "$@"
    need_servers
    need_comms
    python3 "$here/samples.py" "$work"
    write_certificates
    echo 'correct horse/battery+staple' >"$work/password"
    echo 'tr0mbone & w1ndmill' >"$work/wrong-password"
    password=(--password-file "$work/password")
    start_aiosmtpd
    nobody_port=$(free_port)
    start_microsocks
    start_tinyproxy
    server=submission://localhost:$aiosmtpd_port

    aiosmtpd_takes_mail
    for way in "socks5://127.0.0.1:$socks_port" "socks5://ann:s0cks@127.0.0.1:$socks_login_port" \
        "http://127.0.0.1:$http_port" "http://ann:t1ny@127.0.0.1:$http_login_port"; do
        mail_goes_through "$way"
        nobody_behind_is_told "$way"
    done
    the_proxies_saw_the_connections
    http_refuses_a_port_that_is_not_allowed
    a_wrong_login_at_the_proxy_is_refused
    no_proxy_is_told
    finish
}

aiosmtpd_takes_mail() {
    local sample mechanism
    for sample in odd odd_lf blank_lines dot_at_the_end; do
        send --url "$server" --raw "$work/$sample.eml"
        check "$sample.eml is accepted by aiosmtpd" exits_with 0
        check "$sample.eml arrives with octets and header order unchanged" \
            arrived alice compare raw "$work/$sample.eml"
    done
    for mechanism in PLAIN LOGIN; do
        send --url "$server" "${text[@]}" --auth "$mechanism"
        check "--auth $mechanism is accepted by aiosmtpd" exits_with 0
        check 'the message arrives' has_mail 1 alice
        check "aiosmtpd saw $mechanism in TLS" grep -E "^$mechanism alice TLSv1" "$work/sessions"
    done
    send --url "$server" "${text[@]}" --to nobody@inbox.example
    check 'one recipient of two unknown is exit 1' exits_with 1
    check 'the message arrives at the other' has_mail 1 alice
    local password=(--password-file "$work/wrong-password")
    send --url "$server" "${text[@]}"
    check 'a wrong password is exit 77' exits_with 77
    check 'nothing arrives' has_mail 0 alice
}

mail_goes_through() {
    send --url "$server?proxy=$1" --raw "$work/odd.eml" --log "$work/log"
    check "through $1 the message is accepted" exits_with 0
    check 'it arrives with octets and header order unchanged' arrived alice compare raw "$work/odd.eml"
    check 'TLS and the login went inside' grep -E '^(PLAIN|LOGIN) alice TLSv1' "$work/sessions"
    check 'no password of the proxy is in the log' hides 's0cks|t1ny|czBja3|dDFueQ|YW5uOnQxbnk'
}

# Allowed at both proxies, and nobody listens there.
nobody_behind_is_told() {
    send --url "submission://localhost:$nobody_port?proxy=$1" "${text[@]}"
    check "a server that is not there, through $1, is exit 69" exits_with 69
    check 'the layer of the proxy tells it' says 'Socks5:\|HttpConnect:'
}

the_proxies_saw_the_connections() {
    check 'microsocks made connections to the server' grep -m 1 "connected to localhost:$aiosmtpd_port" "$work/microsocks.log"
    check 'microsocks with a login did too' grep -m 1 "connected to localhost:$aiosmtpd_port" "$work/microsocks-login.log"
    check 'tinyproxy was asked to CONNECT to the server' grep -m 1 "CONNECT localhost:$aiosmtpd_port" "$work/tinyproxy.log"
    check 'tinyproxy with a login was too' grep -m 1 "CONNECT localhost:$aiosmtpd_port" "$work/tinyproxy-login.log"
}

http_refuses_a_port_that_is_not_allowed() {
    send --url "submission://localhost:$(free_port)?proxy=http://127.0.0.1:$http_port" "${text[@]}"
    check 'a port that tinyproxy does not allow fails' test "$status" -ne 0
    check 'its refusal is told' says 'HttpConnect: .*403'
}

a_wrong_login_at_the_proxy_is_refused() {
    send --url "$server?proxy=socks5://ann:wrong@127.0.0.1:$socks_login_port" "${text[@]}"
    check 'a wrong password at microsocks is exit 77' exits_with 77
    check 'the layer is told' says 'Socks5:'
    send --url "$server?proxy=socks5://127.0.0.1:$socks_login_port" "${text[@]}"
    check 'no login at microsocks, where it wants one, is exit 77' exits_with 77
    send --url "$server?proxy=http://ann:wrong@127.0.0.1:$http_login_port" "${text[@]}"
    check 'a wrong password at tinyproxy is exit 77' exits_with 77
    check 'the layer is told' says 'HttpConnect:'
    check 'nothing arrives' has_mail 0 alice
}

no_proxy_is_told() {
    local way
    for way in socks5 http; do
        send --url "$server?proxy=$way://127.0.0.1:$nobody_port" "${text[@]}"
        check "no $way proxy there is exit 69" exits_with 69
        check 'it is told in words' says_why
        check 'nothing goes around it' has_mail 0 alice
    done
}

# send ARG...: `comms send` to alice into empty mailboxes, logged in. aiosmtpd keeps what it accepts.
send() {
    empty_mailboxes
    : >"$work/sessions"
    run send --from joerg@outside.example --to alice@inbox.example --ca-file "$certificates/ca.pem" \
        --user alice --set "Smtp.timeout=10" "${password[@]}" "$@"
}

# hides PATTERN: the log of the last run is there, and what it wrote does not match.
hides() {
    [[ -s $work/log ]] && ! grep -E -- "$1" "$work"/{out,err,log}
}

# ---------------------------------------------------------------------------------------- the servers

need_servers() {
    if ! are_there; then
        [[ $install == yes ]] || skip 'aiosmtpd, microsocks or tinyproxy is not installed (run with --install)'
        [[ $EUID -eq 0 ]] || skip 'installing servers needs root (run as root or with sudo)'
        install_packages python3-aiosmtpd microsocks tinyproxy-bin || skip 'servers could not be installed'
        are_there || skip 'the packages did not bring the servers'
    fi
}

are_there() {
    command -v microsocks && command -v tinyproxy && has_aiosmtpd
} >/dev/null 2>&1

start_microsocks() {
    socks_port=$(free_port)
    socks_login_port=$(free_port)
    start microsocks microsocks -i 127.0.0.1 -p "$socks_port"
    start microsocks-login microsocks -i 127.0.0.1 -p "$socks_login_port" -u ann -P s0cks
    wait_for_listener "$socks_port"
    wait_for_listener "$socks_login_port"
}

start_tinyproxy() {
    http_port=$(free_port)
    http_login_port=$(free_port)
    write_tinyproxy_settings "$http_port" >"$work/tinyproxy.conf"
    write_tinyproxy_settings "$http_login_port" >"$work/tinyproxy-login.conf"
    echo 'BasicAuth ann t1ny' >>"$work/tinyproxy-login.conf"
    start tinyproxy tinyproxy -d -c "$work/tinyproxy.conf"
    start tinyproxy-login tinyproxy -d -c "$work/tinyproxy-login.conf"
    wait_for_listener "$http_port"
    wait_for_listener "$http_login_port"
}

# write_tinyproxy_settings PORT
write_tinyproxy_settings() {
    printf '%s\n' "Port $1" 'Listen 127.0.0.1' 'Timeout 60' 'LogLevel Connect' 'MaxClients 20' \
        'Allow 127.0.0.1' "ConnectPort $aiosmtpd_port" "ConnectPort $nobody_port"
}

text=(--subject Proxied --text 'The long way round.')

main "$@"
