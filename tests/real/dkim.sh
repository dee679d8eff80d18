#!/usr/bin/env bash
# Signs mail with `comms` and has it verified, after its way, by two programs that are not ours: dkimpy
# and opendkim-testmsg.
#
#   bash tests/real/dkim.sh            uses what is installed, else says `skipped`
#   bash tests/real/dkim.sh --install  installs it by apt-get first, as CI=true does
#
# It must run as root: for Postfix, and because opendkim-testmsg asks no other resolver than that of
# the system, so it runs in a network namespace of its own, where one of ours answers.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
# shellcheck source-path=SCRIPTDIR source=postfix_instance.sh
source "$here/postfix_instance.sh"

main() {
    begin dkim "$@"
    need_postfix
    need_verifiers
    need_comms
    write_keys
    write_samples
    postfix_addition=add_chain
    start_postfix

    the_verifiers_see_what_is_wrong
    everything_holds_in_the_sink 'DATA and 8BITMIME' --without CHUNKING
    everything_holds_in_the_sink 'BDAT'
    everything_holds_in_the_sink 'DATA and 7 bits' --without CHUNKING,8BITMIME
    everything_holds_in_the_sink 'BDAT and BINARYMIME' --set Smtp.binary=true
    everything_holds_behind_postfix inbox.example 'Postfix'
    everything_holds_behind_postfix chain.example 'Postfix and one behind it without 8BITMIME'
    each_message_of_an_mbox_holds
    finish
}

# ------------------------------------------------------------------------------------- the messages

# What goes wrong where bodies are changed on their way, or the two sides count line ends differently.
# The names of both kinds of samples stand in $raw and $composed.
write_samples() {
    local head='From: Ann <ann@x.example>\r\nTo:  alice@inbox.example\t \r\nSubject: folded\r\n \t here\r\nDate: Thu, 26 Nov 2026 00:00:00 +0000\r\nBcc: eve@z.example\r\n'
    raw=(empty head_alone no_end blanks dots blank_lines stray lf plain_cr twice long)
    # shellcheck disable=SC2059 # the head is a format
    {
        printf "$head\r\n" >"$work/empty.eml"
        printf "$head" >"$work/head_alone.eml"
        printf "$head\r\nno end" >"$work/no_end.eml"
        printf "$head\r\n  a \t b  \r\n \t\r\nc\t\t\r\n \r\n" >"$work/blanks.eml"
        printf "$head\r\n.\r\n..\r\n.a\r\n. \r\n." >"$work/dots.eml"
        printf "$head\r\n\r\n\r\na\r\n\r\n\r\n\r\n" >"$work/blank_lines.eml"
        printf "$head\r\na\rb\nc\n\rd\r\r\n.\n" >"$work/stray.eml"
        printf "${head//'\r'/}\na \n\n.\nb\n\n" >"$work/lf.eml"
        printf "${head//'\r\n'/'\r'}\ra\r\r" >"$work/plain_cr.eml"
        printf "List-Help: <mailto:l@x.example>\r\nlist-HELP: <mailto:m@x.example>\r\n$head\r\na\r\n" >"$work/twice.eml"
        printf "$head\r\n" >"$work/long.eml"
        seq -f "line %.0f with  blanks \t and an end " 20000 >>"$work/long.eml"
    }
    composed=(nothing text wide html attached)
    printf 'no end' >"$work/text"
    printf '  Gr\303\274\303\237e \t\n.\n..\n trailing \t\n\n\n\n' >"$work/wide"
    printf '<p>\n.\r\n\303\274 </p>  ' >"$work/html"
    head -c 300000 /dev/urandom >"$work/octets.bin"
}

# parts_of SAMPLE: sets $parts, the arguments that compose it.
parts_of() {
    case $1 in
        nothing) parts=(--text '') ;;
        text) parts=(--subject 'A text' --text-file "$work/text") ;;
        wide) parts=(--subject "$(printf 'Gr\303\274\303\237e %.0s' {1..30})" --text-file "$work/wide") ;;
        html) parts=(--text-file "$work/wide" --html-file "$work/html" --header 'List-Id: <l.x.example>') ;;
        attached) parts=(--cc bob@inbox.example --text-file "$work/wide" --attach "$work/octets.bin") ;;
    esac
}

# ----------------------------------------------------------------------------------------- the ways

# everything_holds_in_the_sink WAY [SINK_OPTION... | --set PROPERTY]
everything_holds_in_the_sink() {
    local way=$1 options=("${@:2}") settings=()
    if [[ ${2:-} == --set ]]; then
        settings=("${@:2}")
        options=()
    fi
    mail=$work/sink
    mkdir -p "$mail"
    at_exit stop_sink
    rm -f "$work/sink.out"
    "$comms" sink --maildir "$mail/ann" "${options[@]}" >"$work/sink.out" 2>&1 &
    sink=$!
    wait_until "$READY" test -s "$work/sink.out"
    every_sample "$way" ann "smtp://$(head -n 1 "$work/sink.out")?tls=none" alice@inbox.example "${settings[@]}"
    stop_sink
    mail=$work/postfix/mail
}

# everything_holds_behind_postfix DOMAIN WAY
everything_holds_behind_postfix() {
    every_sample "$2" alice "smtp://127.0.0.1:$port?tls=none" "alice@$1"
}

# every_sample WAY USER URL ADDRESS ARG...: each arrives with both signatures, and each of these holds.
every_sample() {
    local way=$1 user=$2 sample content parts
    sign_by ed25519,rsa
    for sample in "${raw[@]}" "${composed[@]}"; do
        if [[ -e $work/$sample.eml ]]; then
            content=(--raw "$work/$sample.eml")
        else
            parts_of "$sample"
            content=("${parts[@]}")
        fi
        empty_mailboxes
        run send --url "$3" --from ann@x.example --to "$4" "${signing[@]}" "${content[@]}" "${@:5}"
        check "$sample, signed, is accepted: $way" exits_with 0
        check "$sample, signed, holds for both verifiers: $way" holds_for "$user" ed25519,rsa
    done
}

# holds_for USER KEYS: the user's only message has the signatures of these keys, and each holds.
holds_for() {
    [[ $mail != "$work/postfix/mail" ]] || postfix_delivered || return
    verify "$2" "$(only_mail "$1")"
}

each_message_of_an_mbox_holds() {
    local path
    {
        printf 'From ann Thu Nov 26 00:00:00 2026\nFrom: ann@x.example\nTo: alice@inbox.example\nDate: Thu, 26 Nov 2026 00:00:00 +0000\n\n>From here\na\n\n'
        printf 'From ann Thu Nov 26 00:00:01 2026\nFrom: ann@x.example\nTo: alice@inbox.example\nDate: Thu, 26 Nov 2026 00:00:00 +0000\n\n.\n\n\n'
    } >"$work/mbox"
    empty_mailboxes
    sign_by rsa
    run send --url "smtp://127.0.0.1:$port?tls=none" --from ann@x.example --to alice@inbox.example \
        "${signing[@]}" --each "$work/mbox"
    check 'both messages of an mbox are accepted' exits_with 0
    check 'both are delivered' postfix_delivered
    check 'alice has both' has_mail 2 alice
    for path in "$mail/alice/new"/*; do
        check 'a message of an mbox holds' verify rsa "$path"
    done
}

# A check that cannot fail shows nothing.
the_verifiers_see_what_is_wrong() {
    local keys change
    for keys in ed25519 rsa; do
        sign_by "$keys"
        run send --dry-run --url smtp://127.0.0.1:1 --from ann@x.example --to alice@inbox.example \
            "${signing[@]}" --subject right --text right
        check "a message signed by $keys is printed" exits_with 0
        cp "$work/out" "$work/right"
        check "as it is, it holds" verify "$keys" "$work/right"
        for change in 's/^right/wrong/' 's/^Subject: right/Subject: wrong/' 's/^From:/From: eve@x.example\nFrom:/' \
            's/^Subject:/Reply-To: eve@x.example\nSubject:/'; do
            sed "$change" "$work/right" >"$work/wrong"
            check "changed by $change it does not hold for dkimpy" fails dkimpy_verifies "$keys" "$work/wrong"
            check 'nor for opendkim' fails opendkim_verifies "$work/wrong"
        done
    done
}

fails() {
    ! "$@"
}

# ------------------------------------------------------------------------------------- the verifiers

# verify KEYS PATH
verify() {
    dkimpy_verifies "$1" "$2" && opendkim_verifies "$2"
}

dkimpy_verifies() {
    local algorithms=${1//,/-sha256,}-sha256
    "$python" "$here/dkim_verify.py" "$records" "$algorithms" "$2"
}

# opendkim says nothing where a signature holds; of several it looks for one that does, so each is shown
# to it alone.
opendkim_verifies() {
    local said
    rm -rf "$work/alone"
    mkdir "$work/alone"
    "$python" "$here/dkim_alone.py" "$1" "$work/alone" || return
    said=$(unshare --mount --net bash "$here/with_records.sh" "$records" opendkim-testmsg -C \
        "$work/alone"/* 2>&1) && [[ -z $said ]] && return
    echo "opendkim-testmsg: $said"
    return 1
}

need_verifiers() {
    local found
    if ! command -v opendkim-testmsg >/dev/null || ! find_dkimpy; then
        [[ $install == yes ]] || skip 'dkimpy or opendkim-testmsg is not installed (run with --install)'
        install_packages python3-dkim python3-nacl opendkim-tools openssl iproute2 util-linux ||
            skip 'dkimpy and opendkim-tools could not be installed'
        find_dkimpy || skip 'dkimpy cannot be loaded'
    fi
    found=$(unshare --mount --net true 2>&1) || skip "no network namespace can be made: $found"
}

# Which Python has dkimpy, and what it needs for Ed25519.
find_dkimpy() {
    for python in python3 /usr/bin/python3; do
        ! "$python" -c 'import dkim, nacl.signing' 2>/dev/null || return 0
    done
    return 1
}

# ------------------------------------------------------------------------------------------ the keys

# The records are those that `comms` says are to be published.
write_keys() {
    local key
    records=$work/records
    openssl genpkey -quiet -algorithm ed25519 -out "$work/ed25519.pem"
    openssl genpkey -quiet -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out "$work/rsa.pem"
    for key in ed25519 rsa; do
        sign_by "$key"
        run send --dry-run --url smtp://127.0.0.1:1 --from ann@x.example --to alice@inbox.example --text record "${signing[@]}"
        check "a dry run with the $key key tells its record" exits_with 0
        sed -n 's/^comms: signed by the key of //p' "$work/err" >>"$records"
    done
    check 'there are two records' test "$(wc -l <"$records")" -eq 2
}

# sign_by KEYS: sets $signing, the arguments that sign by these keys.
sign_by() {
    local key
    signing=(--dkim-domain x.example)
    for key in ${1//,/ }; do
        signing+=(--dkim-key "$work/$key.pem" --dkim-selector "$key")
    done
}

# ------------------------------------------------------------------------------------------- servers

# What is for chain.example goes on to a second port that lacks 8BITMIME, so that Postfix would encode
# anew what is not ASCII; behind it, it is for inbox.example.
add_chain() {
    local second
    second=$(free_port)
    cat >>"$1/etc/main.cf" <<END
relay_domains = chain.example
transport_maps = texthash:$1/etc/transport
END
    echo "chain.example smtp:[127.0.0.1]:$second" >"$1/etc/transport"
    echo "alice@chain.example alice@inbox.example" >"$1/etc/aliases"
    cat >>"$1/etc/master.cf" <<END
127.0.0.1:$second inet n - n - - smtpd
  -o smtpd_discard_ehlo_keywords=8bitmime,chunking,smtputf8
  -o cleanup_service_name=cleanup2
cleanup2   unix   n - n - 0 cleanup
  -o virtual_alias_maps=texthash:$1/etc/aliases
smtp       unix   - - n - - smtp
END
}

stop_sink() {
    [[ -n $sink ]] || return 0
    kill "$sink" 2>/dev/null || true
    wait "$sink" 2>/dev/null || true
    sink=
}

sink=

main "$@"
