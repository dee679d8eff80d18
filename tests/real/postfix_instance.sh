# A Postfix of our own, for the scripts that need one. Sourced after lib.sh, never run.
# shellcheck shell=bash disable=SC2034,SC2154 # lib.sh and the scripts share these variables

# Postfix must be there, and we root; else the script ends here.
need_postfix() {
    if ! command -v postfix >/dev/null && [[ ! -x /usr/sbin/postfix ]]; then
        [[ $install == yes ]] || skip 'Postfix is not installed (run with --install)'
        [[ $EUID -eq 0 ]] || skip 'installing Postfix needs root (run as root or with sudo)'
        install_packages postfix || skip 'Postfix could not be installed'
    fi
    [[ $EUID -eq 0 ]] || skip 'Postfix can be started by root alone (run as root or with sudo)'
    PATH=$PATH:/usr/sbin
}

# start_postfix: an instance of its own under $work, on $port, delivering into the Maildirs of $mail.
# Sets $port, $mail and $mail_log. Users: alice and bob at inbox.example; later@inbox.example is put
# off, all others there and everybody at closed.example are refused. Where $postfix_addition names a
# function, it is called with the instance's directory and adds to what is in its etc.
start_postfix() {
    local postfix=$work/postfix user
    mail=$postfix/mail
    mail_log=$postfix/log
    port=$(free_port)
    mkdir -p "$postfix"/{etc,queue,data,mail}
    chown postfix "$postfix/data"
    for user in alice bob; do
        mkdir -p "$mail/$user"/{new,cur,tmp}
    done
    chown -R nobody "$mail"
    write_postfix_settings "$postfix"
    [[ -z ${postfix_addition:-} ]] || "$postfix_addition" "$postfix"
    at_exit stop_postfix
    if ! postfix -c "$postfix/etc" start >"$postfix/start" 2>&1 || ! wait_for_port "$port" '220 mx.inbox.example'; then
        cat "$postfix/start" "$mail_log" >&2 || true
        exit 1
    fi
}

stop_postfix() {
    local pid_file=$work/postfix/queue/pid/master.pid pid
    [[ -s $pid_file ]] || return 0
    pid=$(tr -d ' \n' <"$pid_file")
    postfix -c "$work/postfix/etc" stop >/dev/null 2>&1 || true
    wait_until 5 is_gone "$pid" || kill -KILL "$pid"
}

# postfix_delivered: waits until nothing is left in the queue, so that what arrives has arrived.
postfix_delivered() {
    wait_until "$DELIVERY" postfix_queue_is_empty && return
    echo "mail still in the queue after $DELIVERY s:"
    tail -5 "$mail_log"
    return 1
}

# The directories in the order in which a message passes through them: none can slip by.
postfix_queue_is_empty() {
    local queue=$work/postfix/queue
    [[ -z $(find "$queue"/{maildrop,incoming,active,deferred} -type f 2>/dev/null) ]]
}

# write_postfix_settings DIR
write_postfix_settings() {
    cat >"$1/etc/main.cf" <<END
compatibility_level = 3.6
queue_directory = $1/queue
data_directory = $1/data
maillog_file = $mail_log
maillog_file_prefixes = $1

myhostname = mx.inbox.example
mydestination =
mynetworks =
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
smtpd_peername_lookup = no
smtpd_error_sleep_time = 0
smtpd_relay_restrictions = reject_unauth_destination
smtpd_recipient_restrictions = check_recipient_access texthash:$1/etc/recipients
default_transport = error:5.7.1 this server delivers to its own users only

virtual_mailbox_domains = inbox.example, closed.example
virtual_mailbox_maps = texthash:$1/etc/mailboxes
virtual_mailbox_base = $mail
virtual_uid_maps = static:$(id -u nobody)
virtual_gid_maps = static:$(id -g nobody)
virtual_mailbox_limit = 0
message_size_limit = 67108864

# Postfix must not tidy what the client sends: without these it would drop a Bcc header and add a
# missing Date or Message-ID, and checks that should fail would pass.
message_drop_headers =
local_header_rewrite_clients =
END
    cat >"$1/etc/master.cf" <<END
127.0.0.1:$port inet n - n - - smtpd
cleanup    unix   n - n - 0 cleanup
qmgr       unix   n - n 300 1 qmgr
rewrite    unix   - - n - - trivial-rewrite
bounce     unix   - - n - 0 bounce
defer      unix   - - n - 0 bounce
trace      unix   - - n - 0 bounce
error      unix   - - n - - error
retry      unix   - - n - - error
virtual    unix   - n n - - virtual
anvil      unix   - - n - 1 anvil
proxymap   unix   - - n - - proxymap
showq      unix   n - n - - showq
postlog    unix-dgram n - n - 1 postlogd
END
    cat >"$1/etc/mailboxes" <<END
alice@inbox.example alice/
bob@inbox.example bob/
END
    cat >"$1/etc/recipients" <<END
later@inbox.example 450 4.2.0 The mailbox rests, come again
closed.example 550 5.7.1 This domain takes no mail
END
}

# Seconds a message may stay in the queue.
DELIVERY=30
