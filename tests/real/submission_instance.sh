# A Postfix that takes mail from its users alone, under TLS, for the scripts that need one. Sourced after
# postfix_instance.sh and dovecot_instance.sh, never run.
# shellcheck shell=bash disable=SC2034,SC2154 # lib.sh and the scripts share these variables

# start_tls_postfix: the Postfix of start_postfix, and its ports with TLS: $submission_port, $smtps_port
# and $elsewhere_port. Who logs in is asked for at the Dovecot that start_dovecot has started.
start_tls_postfix() {
    submission_port=$(free_port)
    smtps_port=$(free_port)
    elsewhere_port=$(free_port)
    postfix_addition=add_submission
    start_postfix
}

# add_submission DIR: three ports with TLS and logins, the third with the certificate of another host.
add_submission() {
    cat >>"$1/etc/main.cf" <<END

smtpd_tls_chain_files = $certificates/server.key, $certificates/server.pem
smtpd_tls_loglevel = 1
smtpd_sasl_type = dovecot
smtpd_sasl_path = $auth_socket
smtpd_sasl_security_options = noanonymous
END
    local with_login='-o smtpd_sasl_auth_enable=yes -o smtpd_tls_auth_only=yes
    -o smtpd_relay_restrictions=permit_sasl_authenticated,reject'
    cat >>"$1/etc/master.cf" <<END
tlsmgr unix - - n 1000? 1 tlsmgr
127.0.0.1:$submission_port inet n - n - - smtpd
    -o syslog_name=postfix/submission -o smtpd_tls_security_level=encrypt
    $with_login
127.0.0.1:$smtps_port inet n - n - - smtpd
    -o syslog_name=postfix/smtps -o smtpd_tls_wrappermode=yes
    $with_login
127.0.0.1:$elsewhere_port inet n - n - - smtpd
    -o syslog_name=postfix/elsewhere -o smtpd_tls_security_level=encrypt
    -o smtpd_tls_chain_files=$certificates/elsewhere.key,$certificates/elsewhere.pem
    $with_login
END
}
