# What the scripts share that open pages in a headless Chromium. Sourced behind lib.sh, never run.
# shellcheck shell=bash

need_chromium() {
    is_there && return
    # shellcheck disable=SC2154 # set by begin
    [[ $install == yes ]] || skip 'Chromium is not installed (run with --install)'
    [[ $EUID -eq 0 ]] || skip 'installing Chromium needs root (run as root or with sudo)'
    install_packages chromium || skip 'Chromium could not be installed'
    is_there || skip 'the package did not bring Chromium'
}

is_there() {
    command -v chromium >/dev/null || command -v chromium-browser >/dev/null
}
