# A server of aiosmtpd, for the scripts that need one. Sourced after lib.sh and certificates.sh, never run.
# shellcheck shell=bash disable=SC2034,SC2154 # lib.sh and the scripts share these variables

# aiosmtpd must be there; else the script ends here.
need_aiosmtpd() {
    has_aiosmtpd && return
    [[ $install == yes ]] || skip 'aiosmtpd is not installed (run with --install)'
    [[ $EUID -eq 0 ]] || skip 'installing aiosmtpd needs root (run as root or with sudo)'
    install_packages python3-aiosmtpd || skip 'aiosmtpd could not be installed'
}

has_aiosmtpd() {
    "$PYTHON" -c 'import aiosmtpd' 2>/dev/null
}

# start_aiosmtpd: sets $aiosmtpd_port, and $mail, the folder of its Maildir; it writes $work/sessions. alice may
# log in with the password of the file $work/password, and she is the only user.
start_aiosmtpd() {
    mail=$work/mail
    mkdir -p "$mail"/alice/{new,cur,tmp}
    start aiosmtpd "$PYTHON" "$here/aiosmtpd_server.py" "$work/aiosmtpd-port" "$mail/alice" "$work/sessions" \
        "$certificates/server.pem" "$certificates/server.key" alice "$work/password"
    wait_until "$READY" test -s "$work/aiosmtpd-port" || { cat "$work/aiosmtpd.log" >&2; exit 1; }
    aiosmtpd_port=$(<"$work/aiosmtpd-port")
}

# Debian's own: its packages bring modules for no other.
PYTHON=/usr/bin/python3
