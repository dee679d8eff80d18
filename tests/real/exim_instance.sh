# An Exim of our own, for the scripts that need one. Sourced after lib.sh and certificates.sh, never
# run.
# shellcheck shell=bash disable=SC2034,SC2154 # lib.sh and the scripts share these variables

# Exim must be there, and we root; else the script ends here. Sets $exim, the program.
need_exim() {
    PATH=$PATH:/usr/sbin
    exim=$(command -v exim4) || exim=
    if [[ -z $exim ]]; then
        [[ $install == yes ]] || skip 'Exim is not installed (run with --install)'
        [[ $EUID -eq 0 ]] || skip 'installing Exim needs root (run as root or with sudo)'
        unpack_exim || skip 'Exim could not be unpacked'
    fi
    [[ $EUID -eq 0 ]] || skip 'Exim can be started by root alone (run as root or with sudo)'
}

# Exim is unpacked under $work, with the user that it was built to run as until the script ends.
unpack_exim() {
    unpack_package exim4-daemon-light || return
    if ! id Debian-exim >/dev/null 2>&1; then
        useradd --system --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin \
            --user-group Debian-exim || return
        at_exit userdel Debian-exim
    fi
    exim=$work/package/usr/sbin/exim4
    "$exim" -C /dev/null -bV | head -n 1
}

# start_exim: an instance of its own under $work, on $port, delivering into the Maildirs of $mail when
# it is told to. Sets $port, $mail and $exim_log. Users: alice and bob at inbox.example; alice may log
# in with $password. later@inbox.example is put off, all others are refused. $exim_addition may have more
# settings.
start_exim() {
    local directory=$work/exim user
    port=$(free_port)
    mail=$directory/mail
    exim_log=$directory/log/mainlog
    mkdir -p "$directory"/{log,spool}
    for user in alice bob; do
        mkdir -p "$mail/$user"/{new,cur,tmp}
    done
    touch "$exim_log"
    chown -R nobody "$mail"
    chown -R Debian-exim "$directory"/{log,spool}
    write_exim_settings "$directory" >"$directory/settings"
    # A group of its own, to see the end of the sessions too: they write to the log until then.
    setsid "$exim" -C "$directory/settings" -bdf >"$directory/start" 2>&1 </dev/null &
    exim_pid=$!
    at_exit stop_exim
    if ! wait_for_port "$port" '220 exim.inbox.example'; then
        cat "$directory/start" "$directory"/log/* >&2 || true
        exit 1
    fi
}

stop_exim() {
    kill -- "-$exim_pid" 2>/dev/null || return 0
    wait_until 5 is_gone "-$exim_pid" || kill -KILL -- "-$exim_pid"
}

# exim_delivers: what was accepted goes into the Maildirs. Root asks for it, because Exim would not
# become root again by itself with settings that are not the system's.
exim_delivers() {
    "$exim" -C "$work/exim/settings" -qff
}

# write_exim_settings DIR
write_exim_settings() {
    cat <<END
exim_path = $exim
spool_directory = $1/spool
log_file_path = $1/log/%slog
pid_file_path = $1/pid
log_selector = +smtp_protocol_error +smtp_syntax_error +tls_cipher
primary_hostname = exim.inbox.example
local_interfaces = 127.0.0.1
daemon_smtp_ports = $port
disable_ipv6
host_lookup =
rfc1413_query_timeout = 0s
queue_only
split_spool_directory = false
message_size_limit = 64M
${exim_addition:-}

tls_advertise_hosts = *
tls_certificate = $certificates/server.pem
tls_privatekey = $certificates/server.key
auth_advertise_hosts = \${if eq{\$tls_in_cipher}{}{}{*}}
acl_smtp_rcpt = recipient
acl_smtp_data = content

begin acl
recipient:
  deny  ! authenticated = *
        message = 5.7.1 log in first
  defer local_parts = later
        message = 4.2.0 the mailbox rests, come again
  accept domains = inbox.example
         local_parts = alice : bob
  deny  message = 5.1.1 nobody here has this name
content:
  deny  condition = \${if >{\$received_count}{100}}
        message = 5.4.6 it goes in circles
  accept

begin routers
users:
  driver = accept
  domains = inbox.example
  local_parts = alice : bob
  transport = maildir

begin transports
maildir:
  driver = appendfile
  directory = $mail/\$local_part_data
  maildir_format
  user = nobody
  return_path_add

begin authenticators
plain:
  driver = plaintext
  public_name = PLAIN
  server_prompts = :
  server_condition = \${if and{{eq{\$auth2}{alice}}{eq{\$auth3}{$password}}}}
  server_set_id = \$auth2
login:
  driver = plaintext
  public_name = LOGIN
  server_prompts = User Name : Password
  server_condition = \${if and{{eq{\$auth1}{alice}}{eq{\$auth2}{$password}}}}
  server_set_id = \$auth1
cram_md5:
  driver = cram_md5
  public_name = CRAM-MD5
  server_secret = \${if eq{\$auth1}{alice}{$password}fail}
  server_set_id = \$auth1
END
}
