#!/bin/sh
# Writes every lock file from the input beside it: X.txt from X.in, with the sha256 of every file that its releases have.
# What a lock pins already stays as it is, unless its input says otherwise or an option of uv does, such as
# `--upgrade-package werkzeug` or `--upgrade`. Usage: lock.sh UV [OPTION...]
#
# The index is whatever uv is set to (UV_DEFAULT_INDEX); no lock names it. The hashes are those of the files and the same
# everywhere.
set -eu
cd "$(dirname "$0")/../.."
uv=$1
shift

lock() { # X, then what else this lock takes account of
    name=$1
    shift
    echo "locking $name.txt"
    # For every system and every Python that the service supports, not only for those of this machine.
    "$uv" pip compile --quiet --universal --fork-strategy fewest --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links \
        --custom-compile-command "make lock" "$name.in" --output-file "$name.txt" "$@"
}

lock requirements-slim "$@"
# Installed over each other, so all of them agree.
lock requirements --constraint requirements-slim.txt "$@"
lock bench/requirements --constraint requirements.txt "$@"
lock requirements-dev --constraint requirements.txt --constraint bench/requirements.txt "$@"
lock fuzz/requirements "$@"
lock deploy/checks/requirements "$@"
for input in bench/peers/*-requirements.in deploy/supply/*-requirements.in; do
    case $input in
        # Laid over an environment in which everything that it needs is there.
        *-overlay-*) lock "${input%.in}" --no-deps "$@" ;;
        *) lock "${input%.in}" "$@" ;;
    esac
done
