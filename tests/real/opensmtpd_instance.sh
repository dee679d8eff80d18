# An OpenSMTPD of our own, for the scripts that need one. Sourced after lib.sh, never run.
# shellcheck shell=bash disable=SC2034,SC2154 # lib.sh and the scripts share these variables

# OpenSMTPD must be there, and we root; else the script ends here. Sets $opensmtpd, the folder under
# which its files stand as they would under /.
need_opensmtpd() {
    opensmtpd=
    if [[ ! -x $SMTPD || ! -d $HELPERS ]]; then
        [[ $install == yes ]] || skip 'OpenSMTPD is not installed (run with --install)'
        [[ $EUID -eq 0 ]] || skip 'installing OpenSMTPD needs root (run as root or with sudo)'
        unpack_package opensmtpd || skip 'OpenSMTPD could not be unpacked'
        opensmtpd=$work/package
    fi
    [[ $EUID -eq 0 ]] || skip 'OpenSMTPD can be started by root alone (run as root or with sudo)'
}

# start_opensmtpd: an instance of its own under $work, on $port, delivering into the Maildirs of $mail.
# Sets $port, $mail and $smtpd_log. Users: alice and bob at inbox.example; later@inbox.example is put
# off, all others are refused. $smtpd_addition may have more settings.
#
# The paths of its settings, its queue and its users are built in, so it gets a root directory of its
# own. What it shares with the system is the kernel alone: no user is created, no path is taken.
start_opensmtpd() {
    local user
    port=$(free_port)
    jail=$work/opensmtpd
    smtpd_log=$work/opensmtpd.log
    mail=$jail/mail
    write_jail
    write_smtpd_settings >"$jail/etc/smtpd.conf"
    for user in alice bob; do
        mkdir -p "$mail/$user"/{new,cur,tmp}
    done
    chown -R nobody "$mail"
    # A group of its own, to see the end of all its processes.
    setsid chroot "$jail" "$SMTPD" -d >"$smtpd_log" 2>&1 </dev/null &
    smtpd_pid=$!
    at_exit stop_opensmtpd
    if ! wait_for_port "$port" '220 open.inbox.example'; then
        cat "$smtpd_log" >&2
        exit 1
    fi
}

stop_opensmtpd() {
    kill -- "-$smtpd_pid" 2>/dev/null || return 0
    wait_until 5 is_gone "-$smtpd_pid" || kill -KILL -- "-$smtpd_pid"
}

# opensmtpd_delivered: waits until nothing is left in the queue, so that what arrives has arrived.
opensmtpd_delivered() {
    wait_until "$DELIVERY" smtpd_queue_is_empty && return
    echo "mail still in the queue after $DELIVERY s:"
    tail -5 "$smtpd_log"
    return 1
}

smtpd_queue_is_empty() {
    [[ -z $(find "$jail"/var/spool/smtpd/{incoming,queue} -type f 2>/dev/null) ]]
}

# ------------------------------------------------------------------------------------------ its root

write_jail() {
    local program
    mkdir -p "$jail"/{bin,etc,tmp,mail,var/{run,mail,spool/smtpd,lib/opensmtpd/empty}}
    chmod 1777 "$jail/tmp"
    chmod 711 "$jail/var/spool/smtpd"
    install -D "$opensmtpd$SMTPD" "$jail$SMTPD"
    mkdir -p "$jail$HELPERS"
    cp "$opensmtpd$HELPERS"/* "$jail$HELPERS"
    # It runs its helpers by the shell.
    install "$(readlink -f /bin/sh)" "$jail/bin/sh"
    for program in "$jail$SMTPD" "$jail$HELPERS"/* "$jail/bin/sh"; do
        copy_libraries "$program"
    done
    write_users
}

# copy_libraries PROGRAM: what it links to, under the same paths.
copy_libraries() {
    local library
    while read -r library; do
        [[ -e $jail$library ]] || install -D "$library" "$jail$library"
    done < <(ldd "$1" 2>/dev/null | grep -oE '/[^ ]+')
}

# The users that it was built to run as exist in there alone; their numbers belong to nobody outside.
write_users() {
    local nobody daemon queue
    nobody=$(id -u nobody)
    daemon=$(unused_id 64100)
    queue=$(unused_id $((daemon + 1)))
    printf '%s:x:%s:%s::%s:/bin/sh\n' >"$jail/etc/passwd" root 0 0 / nobody "$nobody" "$nobody" /mail \
        opensmtpd "$daemon" "$daemon" "$EMPTY" opensmtpq "$queue" "$queue" "$EMPTY"
    printf '%s:x:%s:\n' >"$jail/etc/group" root 0 nogroup "$nobody" opensmtpd "$daemon" opensmtpq "$queue"
    echo '127.0.0.1 localhost' >"$jail/etc/hosts"
    # It asks for names of hosts, and there is nobody to ask.
    echo 'nameserver 127.0.0.1' >"$jail/etc/resolv.conf"
}

# unused_id FIRST: the first number from there on that is no user's and no group's.
unused_id() {
    local id=$1
    while getent passwd "$id" || getent group "$id"; do
        id=$((id + 1))
    done >/dev/null
    echo "$id"
}

write_smtpd_settings() {
    cat <<END
smtp max-message-size 16777216
${smtpd_addition:-}
table users { "alice@inbox.example" = nobody, "bob@inbox.example" = nobody }
table resting { "later@inbox.example" }
filter later phase rcpt-to match rcpt-to <resting> reject "450 4.2.0 The mailbox rests, come again"
listen on 127.0.0.1 port $port hostname open.inbox.example filter later
action deliver maildir "/mail/%{rcpt.user}" user nobody virtual <users>
match from any for domain inbox.example action deliver
END
}

SMTPD=/usr/sbin/smtpd
HELPERS=/usr/libexec/opensmtpd
EMPTY=/var/lib/opensmtpd/empty
# Seconds a message may stay in the queue.
DELIVERY=30
