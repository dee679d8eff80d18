#!/usr/bin/env bash
# Has `comms check` look at Postfix: in clear, with a certificate that is trusted, that is of an unknown
# authority, and that is for another host.
#
#   bash tests/real/check.sh            with the Postfix that is installed, else says `skipped`
#   bash tests/real/check.sh --install  installs it by apt-get first, as CI=true does
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
# shellcheck source-path=SCRIPTDIR source=certificates.sh
source "$here/certificates.sh"
# shellcheck source-path=SCRIPTDIR source=postfix_instance.sh
source "$here/postfix_instance.sh"

main() {
    local probe=(--from joerg@outside.example --to)
    begin check "$@"
    need_postfix
    need_comms
    write_certificates
    postfix_addition=offer_tls
    start_postfix
    local here_trusted=(--url "submission://127.0.0.1:$port" --ca-file "$certificates/ca.pem")

    check 'in clear all is well but that it is in clear' \
        finds 0 'tls none, as the URL asks' --url "smtp://127.0.0.1:$port?tls=none"
    check 'a certificate that is trusted, and is warned of as it ends soon' \
        finds 0 'certificate trusted, for 127.0.0.1, and ends soon' "${here_trusted[@]}"
    check 'a certificate of an unknown authority is 77, and shown' \
        finds 77 'issued by CN=Authority of a test' \
        --url "submission://127.0.0.1:$port" --ca-file "$certificates/stranger.pem"
    check 'a name that the certificate is not for is 77, and told' \
        finds 77 'it is not for mail.elsewhere.example' \
        "${here_trusted[@]}" --set Tls.server_name=mail.elsewhere.example
    check 'a recipient who would get mail' \
        finds 0 'alice@inbox.example would get mail' "${here_trusted[@]}" "${probe[@]}" alice@inbox.example
    check 'a recipient who would not is 67' \
        finds 67 'probe' "${here_trusted[@]}" "${probe[@]}" nobody@closed.example
    check 'one who would later is 75' \
        finds 75 'probe' "${here_trusted[@]}" "${probe[@]}" later@inbox.example
    check 'nobody got mail by it' postfix_queue_is_empty
    finish
}

offer_tls() {
    cat >>"$1/etc/main.cf" <<END
smtpd_tls_security_level = may
smtpd_tls_cert_file = $certificates/server.pem
smtpd_tls_key_file = $certificates/server.key
smtpd_tls_session_cache_database =
END
    echo 'tlsmgr unix - - n 1000? 1 tlsmgr' >>"$1/etc/master.cf"
}

# finds STATUS WORDS ARG...: a check comes to this status, and says these words.
finds() {
    run check "${@:3}"
    cat "$work/out" "$work/err"
    [[ $status == "$1" ]] && tr -s ' ' <"$work/out" | grep -qF -- "$2"
}

main "$@"
