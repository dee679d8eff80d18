# Certificates for the servers of the scripts. Sourced after lib.sh, never run.
# shellcheck shell=bash disable=SC2034,SC2154 # lib.sh and the scripts share these variables

# write_certificates: sets $certificates, a folder with an authority (ca.pem), what it has signed for
# localhost and 127.0.0.1 (server.pem, server.key) and for another host (elsewhere.pem,
# elsewhere.key), and an authority that has signed nothing (stranger.pem).
write_certificates() {
    certificates=$work/certificates
    mkdir "$certificates"
    write_authority ca 'Authority of a test'
    write_authority stranger 'Authority of strangers'
    write_certificate server localhost 'DNS:localhost, IP:127.0.0.1'
    write_certificate elsewhere mail.elsewhere.example 'DNS:mail.elsewhere.example'
    # Servers read their keys after they have given up root.
    chmod 644 "$certificates"/*
}

# write_authority FILE NAME
write_authority() {
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj "/CN=$2" \
        -addext 'keyUsage = critical, keyCertSign, cRLSign' \
        -keyout "$certificates/$1.key" -out "$certificates/$1.pem" 2>/dev/null
}

# write_certificate FILE NAME ALTERNATIVE_NAMES
write_certificate() {
    openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "/CN=$2" \
        -keyout "$certificates/$1.key" -out "$certificates/$1.csr" 2>/dev/null
    cat >"$certificates/$1.ext" <<END
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature
extendedKeyUsage = serverAuth
subjectAltName = $3
END
    openssl x509 -req -days 2 -in "$certificates/$1.csr" -extfile "$certificates/$1.ext" \
        -CA "$certificates/ca.pem" -CAkey "$certificates/ca.key" -CAcreateserial \
        -out "$certificates/$1.pem" 2>/dev/null
}
