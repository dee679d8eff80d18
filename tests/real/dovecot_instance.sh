# A Dovecot of our own, for the scripts that need one. Sourced after lib.sh and certificates.sh, never
# run.
# shellcheck shell=bash disable=SC2034,SC2154 # lib.sh and the scripts share these variables

# Dovecot must be there with its LMTP, and we root; else the script ends here.
need_dovecot() {
    if [[ ! -x $LMTP ]]; then
        [[ $install == yes ]] || skip 'Dovecot with LMTP is not installed (run with --install)'
        [[ $EUID -eq 0 ]] || skip 'installing Dovecot needs root (run as root or with sudo)'
        install_packages dovecot-core dovecot-lmtpd || skip 'Dovecot could not be installed'
    fi
    [[ $EUID -eq 0 ]] || skip 'Dovecot can be started by root alone (run as root or with sudo)'
    PATH=$PATH:/usr/sbin
    # Later ones read settings that are written in another way.
    [[ $(dovecot --version) == 2.3.* ]] || skip "Dovecot is $(dovecot --version), not 2.3"
}

# start_dovecot: an instance of its own under $work. Sets $dovecot_log, $auth_socket (SASL for
# Postfix), $lmtp_socket, $lmtp_port and $lmtp_mail, the Maildirs of LMTP. Users: alice and bob, both
# with $password.
start_dovecot() {
    local dovecot=$work/dovecot
    dovecot_log=$dovecot/log
    auth_socket=$dovecot/auth
    lmtp_socket=$dovecot/lmtp
    lmtp_mail=$dovecot/mail
    lmtp_port=$(free_port)
    mkdir -p "$lmtp_mail"
    chown nobody "$lmtp_mail"
    write_dovecot_settings "$dovecot"
    dovecot -F -c "$dovecot/settings" >"$dovecot/start" 2>&1 </dev/null &
    dovecot_pid=$!
    at_exit stop_dovecot
    if ! wait_for_port "$lmtp_port" '220 '; then
        cat "$dovecot/start" "$dovecot_log" >&2 || true
        exit 1
    fi
}

stop_dovecot() {
    kill "$dovecot_pid" 2>/dev/null || return 0
    wait_until 5 is_gone "$dovecot_pid" || kill -KILL "$dovecot_pid"
}

# write_dovecot_settings DIR
write_dovecot_settings() {
    local user
    for user in alice bob; do
        # Kept as it is, since each mechanism wants another form of it.
        echo "$user:{PLAIN}$password:$(id -u nobody):$(id -g nobody)::$lmtp_mail/$user::"
    done >"$1/users"
    cat >"$1/settings" <<END
base_dir = $1/run
state_dir = $1/state
log_path = $dovecot_log
protocols = lmtp
listen = 127.0.0.1
hostname = mx.inbox.example
first_valid_uid = 1
mail_location = maildir:$lmtp_mail/%n
auth_mechanisms = plain login cram-md5 scram-sha-1 scram-sha-256
auth_failure_delay = 0

ssl = yes
ssl_cert = <$certificates/server.pem
ssl_key = <$certificates/server.key

passdb {
  driver = passwd-file
  args = username_format=%n $1/users
}
userdb {
  driver = passwd-file
  args = username_format=%n $1/users
}
# Who fails to log in would have to wait longer and longer.
service anvil {
  unix_listener anvil-auth-penalty {
    mode = 0
  }
}
service auth {
  unix_listener $auth_socket {
    mode = 0666
  }
}
service lmtp {
  unix_listener $lmtp_socket {
    mode = 0666
  }
  inet_listener lmtp {
    address = 127.0.0.1
    port = $lmtp_port
  }
}
END
}

LMTP=/usr/lib/dovecot/lmtp
