# What the scripts against real servers share. Sourced, never run.
# shellcheck shell=bash
#
# A script sources this file and the one of its server, calls `begin NAME "$@"`, starts the server,
# states its checks and ends with `finish`. All that is written and started lives under $work and is
# gone when the script ends. A server's file sets $mail, the folder of the users' Maildirs.

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
comms=${COMMS:-${CARGO_TARGET_DIR:-$root/target}/release/comms}

# ---------------------------------------------------------------------------------------- the script

# begin NAME [--install]: makes $work and the trap that cleans up.
begin() {
    name=$1
    install=no
    case ${2:-} in
        '') [[ ${CI:-} == true ]] && install=yes ;;
        --install) install=yes ;;
        *) echo "usage: bash tests/real/$name.sh [--install]" >&2; exit 64 ;;
    esac
    passed=0
    failed=0
    departures=()
    # Servers give up root before they write here, so others must be able to pass through.
    work=$(mktemp -d "${TMPDIR:-/tmp}/comms-$name.XXXXXX")
    chmod 755 "$work"
    trap depart EXIT
    trap 'exit 130' INT TERM
}

# at_exit COMMAND...: run when the script ends, the latest first.
at_exit() {
    departures=("$*" "${departures[@]}")
}

depart() {
    local status=$? departure
    for departure in "${departures[@]}"; do
        $departure || true
    done
    rm -rf "$work"
    exit "$status"
}

# Nothing can be tried here. By hand that is no failure; in CI, or when asked to install, it is.
skip() {
    if [[ $install == yes ]]; then
        echo "not ok - $name: $1" >&2
        exit 1
    fi
    echo "skipped: $1"
    exit 0
}

# finish: the last line and the exit status.
finish() {
    echo "$passed passed, $failed failed"
    [[ $failed -eq 0 && $passed -gt 0 ]] || exit 1
}

# The program must have been built.
need_comms() {
    [[ -x $comms ]] && return
    echo "not ok - $comms is not there: run cargo build --release --bins, or set COMMS" >&2
    exit 1
}

# install_packages NAME...: Debian packages, without starting the services they bring.
install_packages() {
    local policy=/usr/sbin/policy-rc.d status=0
    if [[ ! -e $policy ]]; then
        printf '#!/bin/sh\nexit 101\n' >"$policy"
        chmod 755 "$policy"
    else
        policy=
    fi
    if command -v debconf-set-selections >/dev/null; then
        echo 'postfix postfix/main_mailer_type select No configuration' | debconf-set-selections
    fi
    apt-get update -q &&
        DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "$@" </dev/null ||
        status=$?
    [[ -z $policy ]] || rm -f "$policy"
    return "$status"
}

# unpack_package NAME: a Debian package that must not be installed, as it would push out another. Its
# files stand under $work/package; the libraries that they link to are installed.
unpack_package() {
    local libraries
    mapfile -t libraries < <(apt-cache depends "$1" | sed -n 's/^ *Depends: \(lib.*\)/\1/p')
    install_packages "${libraries[@]}" && mkdir "$work/package" &&
        (cd "$work/package" && apt-get -q download "$1" && dpkg -x ./*.deb .)
}

# ---------------------------------------------------------------------------------------- the checks

# check WHAT COMMAND...: passes when the command does; what it prints is the evidence.
check() {
    local what=$1 evidence
    shift
    if evidence=$("$@" 2>&1); then
        passed=$((passed + 1))
        echo "ok - $what"
    else
        failed=$((failed + 1))
        echo "not ok - $what"
        evidence="failed: $*"$'\n'$evidence
    fi
    [[ -z $evidence ]] || cut -c 1-400 <<<"$evidence" | sed 's/^/#   /'
}

# run ARG...: runs comms and leaves $status, $took (milliseconds), $work/out and $work/err.
run() {
    local began=${EPOCHREALTIME/[.,]/}
    status=0
    timeout "$LONGEST_RUN" "$comms" "$@" >"$work/out" 2>"$work/err" </dev/null || status=$?
    took=$(((${EPOCHREALTIME/[.,]/} - began) / 1000))
}

exits_with() {
    echo "exit $status after $took ms"
    [[ $status -eq $1 ]] && return
    echo "expected exit $1; on standard error:"
    cat "$work/err"
    return 1
}

# The last run failed in words: a message, and neither a panic nor a backtrace.
says_why() {
    cat "$work/err"
    [[ -s $work/err ]] && ! grep -qE 'panicked|RUST_BACKTRACE|stack backtrace' "$work/err"
}

# says WORD: the last run's standard error has the word, in any case.
says() {
    cat "$work/err"
    grep -qi -- "$1" "$work/err"
}

# took_between MIN MAX, in milliseconds.
took_between() {
    echo "$took ms, expected between $1 and $2"
    [[ $took -ge $1 && $took -le $2 ]]
}

# compare HOW ARG...: see compare.py.
compare() {
    python3 "$here/compare.py" "$@"
}

# ----------------------------------------------------------------------------------- ports and waits

# wait_until SECONDS COMMAND...: asks again and again, and fails when the time is over.
wait_until() {
    local until=$((SECONDS + $1))
    shift
    until "$@"; do
        [[ $SECONDS -lt $until ]] || return 1
        sleep 0.05
    done
}

is_gone() {
    ! kill -0 -- "$1" 2>/dev/null
}

# A port of 127.0.0.1 on which nobody listens.
free_port() {
    python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

# wait_for_port PORT GREETING: until a server there greets with a line that begins so.
wait_for_port() {
    wait_until "$READY" greets "$1" "$2" && return
    echo "not ok - no server greeted with '$2' on port $1 within $READY s" >&2
    return 1
}

greets() (
    exec 2>/dev/null
    exec 3<>"/dev/tcp/127.0.0.1/$1"
    IFS= read -r -t 2 line <&3
    [[ $line == "$2"* ]]
)

# wait_for_listener PORT: until somebody accepts connections there, whatever it says then.
wait_for_listener() {
    wait_until "$READY" listens "$1" && return
    echo "not ok - nobody listens on port $1 after $READY s" >&2
    exit 1
}

listens() {
    (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null
}

# start NAME COMMAND...: in the background until the script ends, its output in $work/NAME.log.
start() {
    "${@:2}" >"$work/$1.log" 2>&1 </dev/null &
    at_exit kill "$!"
}

# start_silent_server: accepts connections on $silent_port and never says a word.
# shellcheck disable=SC2034 # the scripts use it
start_silent_server() {
    python3 "$here/silent.py" "$work/silent-port" </dev/null >/dev/null 2>&1 &
    at_exit kill "$!"
    wait_until "$READY" test -s "$work/silent-port"
    silent_port=$(<"$work/silent-port")
}

# ---------------------------------------------------------------------------------------- mailboxes

# only_mail USER: the path of the single message in the user's Maildir; fails if there are others.
only_mail() {
    local found=("$mail/$1"/new/* "$mail/$1"/cur/*)
    if [[ ${#found[@]} -ne 1 ]]; then
        echo "$1 has ${#found[@]} messages, expected 1" >&2
        return 1
    fi
    printf '%s\n' "${found[0]}"
}

# has_mail COUNT USER
has_mail() {
    local found=("$mail/$2"/new/* "$mail/$2"/cur/*)
    echo "$2 has ${#found[@]} messages, expected $1"
    [[ ${#found[@]} -eq $1 ]]
}

empty_mailboxes() {
    find "$mail" -type f -delete
}

# arrived USER COMMAND...: runs the command with the path of the user's only message at its end.
arrived() {
    local path user=$1
    shift
    path=$(only_mail "$user") && "$@" "$path"
}

# ------------------------------------------------------------------------------------------- limits

# Seconds after which a run of comms is ended as hanging.
LONGEST_RUN=60
# Seconds a server may take until it greets.
READY=20

# A pattern without a match is no word at all: the counts of messages rest on this.
shopt -s nullglob
