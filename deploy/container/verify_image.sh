#!/usr/bin/env bash
# Builds an image without a container engine and proves it: small, clean, and answering as an unknown user on a read-only
# root without a network. For Debian and its derivatives, as root. Ends with a line that begins with PASS, or non-zero.
#
#   verify_image.sh [slim | paddle]     the Dockerfile's target
#
# Settings, all optional, from the environment:
#   OCR_IMAGE_TARGET   the target where none is named (default: slim)
#   OCR_IMAGE_WORK     where the base, the image store and scratch files live; the base is kept for the next run
#                      (default: ocr-image in TMPDIR or /tmp; about 4 GB while it builds, 1 GB afterwards, several times
#                      that for paddle; delete it to begin anew)
#   OCR_IMAGE_SUITE    the Debian release to build on (default: bookworm)
#   OCR_IMAGE_MIRROR   the Debian mirror (default: the one that apt uses here for that release, else debootstrap's own)
#   OCR_IMAGE_CA       CA bundle for the package index (default: the one that pip or OpenSSL is told to use here)
#   OCR_IMAGE_MAX_MB   fail when the image is larger (default: 560; of paddle 1400)
#   OCR_BAKE_MODELS    which weights to bake in (default: the Dockerfile's)
#   STORAGE_DRIVER     buildah's; `overlay` also caches layers between runs, `vfs` works everywhere (default: vfs)
#
# pip's index, proxy and trusted hosts, and apt's sources and proxies, are taken over from this machine for the build alone.
set -euo pipefail

repo=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
work=${OCR_IMAGE_WORK:-${TMPDIR:-/tmp}/ocr-image}
suite=${OCR_IMAGE_SUITE:-bookworm}
target=${1:-${OCR_IMAGE_TARGET:-slim}}
driver=${STORAGE_DRIVER:-vfs}
test_image=$repo/tests/images/latin.png
case $target in
    slim) max_mb=560 test_words="Hello OCR 2026" models=pp-ocrv6-small ;;
    # The generation of models that it serves leaves spaces out.
    paddle) max_mb=1400 test_words="The quick brown fox" models=pp-ocrv4-mobile ;;
    *) echo "usage: $0 [slim | paddle]" >&2; exit 2 ;;
esac
max_mb=${OCR_IMAGE_MAX_MB:-$max_mb}
models=${OCR_BAKE_MODELS:-$models}
# Not the image's own user: platforms run images as whomever they like (this is one FaaS platform's number).
uid=1003
tag=localhost/ocr:$target
base_tag=localhost/ocr-base:$suite

say() { printf '\n== %s\n' "$*"; }
fail() { printf 'FAIL: %s\n' "$*" >&2; exit 1; }

require_tools() {
    local missing=() pair
    for pair in buildah:buildah debootstrap:debootstrap bwrap:bubblewrap nsenter:util-linux setpriv:util-linux; do
        command -v "${pair%%:*}" >/dev/null || missing+=("${pair##*:}")
    done
    [ ${#missing[@]} -eq 0 ] || fail "tools are missing: apt-get install --yes ${missing[*]}"
    [ "$(id -u)" -eq 0 ] || fail "needs root, to make a Debian base and to mount the image"
    [ -f "$test_image" ] || fail "no test image at $test_image"
}

container='' server='' rootfs=''
cleanup() {
    if [ -n "$server" ]; then
        # bwrap takes the service with it.
        kill -KILL "$server" 2>/dev/null || true
        wait "$server" 2>/dev/null || true
    fi
    [ -z "$rootfs" ] || umount "$rootfs" 2>/dev/null || true
    [ -z "$container" ] || store rm "$container" >/dev/null 2>&1 || true
    rm -rf "$scratch"
}

# An image store of its own, so that nothing of this machine's is touched.
store() { buildah --root "$work/store" --runroot "$work/run" --storage-driver "$driver" "$@"; }

# ---- what this machine needs to reach its package sources; none of it may end up in the image ----

apt_sources() {
    command -v apt-get >/dev/null || return 0
    # shellcheck disable=SC2016  # apt-get's variables, not the shell's
    apt-get indextargets --format '$(REPO_URI) $(RELEASE) $(COMPONENT)' 'Identifier: Packages' 2>/dev/null \
        | awk -v suite="$suite" '$2 == suite || $2 == suite "-updates" || $2 == suite "-security" { print "deb", $1, $2, $3 }' \
        | sort -u
}

ca_bundle() {
    local candidate
    for candidate in "${OCR_IMAGE_CA:-}" "${PIP_CERT:-}" "${SSL_CERT_FILE:-}" "${REQUESTS_CA_BUNDLE:-}" \
        "$(pip_setting cert)" /etc/ssl/certs/ca-certificates.crt; do
        [ -n "$candidate" ] && [ -f "$candidate" ] && { echo "$candidate"; return; }
    done
    return 0
}

pip_setting() { # KEY: pip's own precedence, environment before files
    local variable=PIP_${1^^} section
    variable=${variable//-/_}
    [ -z "${!variable:-}" ] || { echo "${!variable}"; return; }
    for section in install global; do
        python3 -m pip config get "$section.$1" 2>/dev/null && return
    done
    return 0
}

pip_conf() {
    local key values
    echo "[global]"
    for key in index-url extra-index-url trusted-host proxy timeout retries; do
        # An index in a folder of this machine does not exist inside the build.
        mapfile -t values < <(pip_setting "$key" | tr -s ' ' '\n' | grep -v '^file:')
        [ ${#values[@]} -eq 0 ] || { printf '%s =\n' "$key" && printf '    %s\n' "${values[@]}"; }
    done
    [ -z "$ca" ] || echo "cert = /run/secrets/ca_bundle"
}

prepare_network_settings() {
    ca=$(ca_bundle)
    build_options=()
    if [ -n "$ca" ]; then
        mkdir "$scratch/mnt" && cp "$ca" "$scratch/mnt/ca_bundle"
        build_options+=(--secret "id=ca_bundle,src=$scratch/mnt/ca_bundle")
    fi
    pip_conf > "$scratch/pip.conf"
    build_options+=(--secret "id=pip_conf,src=$scratch/pip.conf")

    apt_sources > "$scratch/sources.list"
    # Mounted only over paths that the base has: a mount point that must be made first stays behind in the layer.
    [ ! -s "$scratch/sources.list" ] || build_options+=(--volume "$scratch/sources.list:/etc/apt/sources.list:ro")
    if command -v apt-config >/dev/null; then
        apt-config dump Acquire | grep -E '^Acquire::(https?(::[^ ]+)?::Proxy|Check-(Valid-Until|Date)) ' \
            > "$scratch/host.conf" || true
    fi
    if [ -n "$ca" ] && grep -q ' https:' "$scratch/sources.list"; then
        echo 'Acquire::https::CaInfo "/mnt/ca_bundle";' >> "$scratch/host.conf"
        build_options+=(--volume "$scratch/mnt:/mnt:ro")
    fi
}

# ---- base and image ----

make_base() {
    local archive=$work/base-$suite.tar root=$scratch/base mirror
    if [ ! -f "$archive" ]; then
        say "making a Debian $suite base with debootstrap"
        mirror=${OCR_IMAGE_MIRROR:-$(awk -v suite="$suite" '$3 == suite { print $2; exit }' "$scratch/sources.list")}
        debootstrap --variant=minbase "$suite" "$root" ${mirror:+"$mirror"} > "$work/debootstrap.log" \
            || { tail -n 5 "$work/debootstrap.log" >&2; fail "debootstrap; its log is $work/debootstrap.log"; }
        # As Debian's own slim image: no documentation but licences, now and in what is installed later.
        printf 'path-exclude /usr/share/%s/*\n' doc info locale man > "$root/etc/dpkg/dpkg.cfg.d/slim"
        echo 'path-include /usr/share/doc/*/copyright' >> "$root/etc/dpkg/dpkg.cfg.d/slim"
        find "$root/usr/share/doc" -type f ! -name copyright -delete
        find "$root/usr/share/doc" -depth -type d -empty -delete
        rm -rf "$root"/usr/share/{info,locale,man}/* "$root"/var/cache/apt/* "$root"/var/lib/apt/lists/* \
            "$root"/var/log/{bootstrap.log,dpkg.log,alternatives.log,apt}
        # debootstrap copies these two from the machine it runs on.
        rm -f "$root/etc/resolv.conf" "$root/etc/hostname"
        tar --numeric-owner -C "$root" -cf "$archive.part" .
        mv "$archive.part" "$archive"
        rm -rf "$root"
        store rmi --force "$base_tag" >/dev/null 2>&1 || true
    fi
    # Not made again without need: cached layers hang on the very image that they were built on.
    if ! store inspect --type image "$base_tag" >/dev/null 2>&1; then
        local holder
        holder=$(store from scratch)
        store add --quiet "$holder" "$archive" / >/dev/null
        store config --cmd bash "$holder"
        store commit --quiet --rm "$holder" "$base_tag" >/dev/null
    fi
    # The base's own apt settings and this machine's, to lie over the folder while the image is built.
    mkdir "$scratch/apt.conf.d"
    tar -C "$scratch" --strip-components=3 -xf "$archive" ./etc/apt/apt.conf.d
    if [ -s "$scratch/host.conf" ]; then
        cp "$scratch/host.conf" "$scratch/apt.conf.d/99host"
        build_options+=(--volume "$scratch/apt.conf.d:/etc/apt/apt.conf.d:ro")
    fi
}

build_image() {
    say "building $tag"
    local layers=true version
    version=$(sed -n 's/^VERSION = "\(.*\)"$/\1/p' "$repo/app/version.py")
    # vfs keeps a whole copy of the file system for every layer it caches.
    [ "$driver" != vfs ] || layers=false
    [ -z "${OCR_BAKE_MODELS:-}" ] || build_options+=(--build-arg "OCR_BAKE_MODELS=$OCR_BAKE_MODELS")
    store bud --quiet --isolation chroot --pull-never --layers="$layers" --build-arg "BASE=$base_tag" \
        --build-arg "OCR_VERSION=$version" --target "$target" "${build_options[@]}" --tag "$tag" "$repo" > "$work/build.log" 2>&1 \
        || { tail -n 40 "$work/build.log" >&2; fail "the build; its log is $work/build.log"; }
    [ "$layers" = true ] || store rmi --prune >/dev/null
    container=$(store from --pull-never "$tag")
    # Bound to a folder that the unprivileged user can reach; the store's own are closed to all but root.
    mkdir "$scratch/rootfs"
    mount --bind "$(store mount "$container")" "$scratch/rootfs"
    rootfs=$scratch/rootfs
}

# ---- the image at rest ----

config() { store inspect --type image --format "$1" "$tag"; }

check_size() {
    local bytes
    bytes=$(du -sx --apparent-size --block-size=1 "$rootfs" | cut -f 1)
    megabytes=$((bytes / 1000000))
    say "size: $megabytes MB"
    du -x --apparent-size --block-size=1 -d 3 "$rootfs" | awk -F '\t' -v root="$rootfs" '
        { size[substr($2, length(root) + 1)] = $1 / 1e6 }
        END {
            printf "%6.1f MB  Debian and Python\n", size[""] - size["/opt"]
            printf "%6.1f MB  Python packages\n", size["/opt/venv"]
            printf "%6.1f MB  weights\n", size["/opt/ocr/weights"]
            printf "%6.1f MB  compiled models\n", size["/opt/ocr/compiled"]
            printf "%6.1f MB  the service\n", size["/opt/ocr"] - size["/opt/ocr/weights"] - size["/opt/ocr/compiled"]
        }'
    [ "$megabytes" -le "$max_mb" ] || fail "the image has $megabytes MB > $max_mb MB"
}

none() { # WHAT, then find's arguments: nothing in the image may match
    local what=$1 found
    shift
    found=$(find "$rootfs" -xdev "$@" -print -quit)
    [ -z "$found" ] || fail "$what in the image: ${found#"$rootfs"}"
    echo "ok  no $what"
}

check_contents() {
    say "what must not be in the image"
    none "libGL" \( -name 'libGL.so*' -o -name 'libGLX*.so*' -o -name 'libEGL*.so*' \)
    # Paddle imports setuptools; nothing else may bring it.
    none "pip" -path '*/opt/*' \( -name pip -o -name 'pip3*' \)
    [ "$target" = paddle ] || none "setuptools" -path '*/opt/*' -name setuptools
    none "pip configuration" \( -name pip.conf -o -path '*/.config/pip' -o -path '*/.pip' \)
    [ "$target" = paddle ] || none "paddle" -path '*/site-packages/paddle*'
    none "build secrets" -path "$rootfs/run/secrets*"
    none "package lists or caches" -type f \( -path "$rootfs/var/lib/apt/lists/*" -o -path "$rootfs/var/cache/apt/*" \)
    none "path under /opt that only root can read" -path "$rootfs/opt/*" ! -type l ! -perm -o=r
    none "path under /opt that anybody can write" -path "$rootfs/opt/*" ! -type l -perm /go=w
    none "name server of this machine" -path "$rootfs/etc/resolv.conf" -type f -size +0
    # The words that only this machine's settings hold: addresses of indexes and mirrors, and the last certificate of the
    # bundle, where a private one stands. debootstrap's own mirror is the base's business.
    {
        grep -ohE 'https?://[^ "]+' "$scratch/pip.conf" "$scratch/host.conf" 2>/dev/null || true
        [ -z "$ca" ] || tail -n 3 "$ca" | head -n 1
    } | sort -u > "$scratch/words"
    if [ -s "$scratch/words" ]; then
        local found
        found=$(grep -rlF -f "$scratch/words" --exclude=cacert.pem --exclude-dir='*.dist-info' --devices=skip "$rootfs" | head -n 1 || true)
        [ -z "$found" ] || fail "a word of this machine's settings in the image: ${found#"$rootfs"}"
        ! store inspect --type image "$tag" | grep -qF -f "$scratch/words" || fail "the image's history names this machine's settings"
    fi
    echo "ok  no words of this machine's settings"
    image_env=$(config '{{range .OCIv1.Config.Env}}{{println .}}{{end}}')
    ! grep -E '^(OCR_PORT|PORT|FC_[A-Z_]*PORT|AWS_LWA_PORT|FUNCTIONS_CUSTOMHANDLER_PORT)=' <<<"$image_env" \
        || fail "the image sets a port"
    echo "ok  no port variable"
    grep -qE '^[1-9][0-9]*(:[0-9]+)?$' <<<"$(config '{{.OCIv1.Config.User}}')" || fail "the image's user is not a number, or root"
    echo "ok  user $(config '{{.OCIv1.Config.User}}')"
}

check_sbom() {
    say "the bill of materials"
    local sbom=$rootfs/usr/share/sbom/ppocr-service.cdx.json
    python3 -c '
import json, sys

bom = json.load(open(sys.argv[1], encoding="utf-8"))
if bom["bomFormat"] != "CycloneDX":
    sys.exit("it is no CycloneDX document")
kinds = {}
for component in bom["components"]:
    kind = component.get("purl", component["type"]).partition("/")[0]
    kinds.setdefault(kind, set()).add(component["name"])
    hashed = [hash for reference in component.get("externalReferences", []) for hash in reference.get("hashes", [])]
    if kind == "pkg:pypi" and not hashed:
        sys.exit("no checksum of " + component["name"])
for wanted in sys.argv[2:]:
    kind, _, name = wanted.partition("=")
    if name not in kinds.get(kind, ()):
        sys.exit(f"it lacks {name} among its {kind}")
print("ok ", *(f"{len(names)} {kind}" for kind, names in sorted(kinds.items())))
' "$sbom" pkg:pypi=flask pkg:pypi=openvino pkg:deb=libc6 "machine-learning-model=${models%% *}" || fail "the bill of materials"
    cp "$sbom" "$work/sbom-$target.cdx.json"
}

# ---- the image at work ----

# As a strict platform runs it: unknown user, empty environment but the image's own (no HOME), read-only root and /dev (so
# no shared memory), no network but the loopback, only /tmp writable.
prepare_sandbox() {
    local line
    sandbox=(setpriv --reuid="$uid" --regid="$uid" --clear-groups --
        bwrap --ro-bind "$rootfs" / --tmpfs /tmp --proc /proc --dev /dev --remount-ro /dev
        --unshare-user --uid "$uid" --gid "$uid" --unshare-net --unshare-pid --unshare-ipc --unshare-uts
        --die-with-parent --chdir "$(config '{{.OCIv1.Config.WorkingDir}}')" --clearenv)
    while IFS= read -r line; do
        [ -z "$line" ] || sandbox+=(--setenv "${line%%=*}" "${line#*=}")
    done <<<"$image_env"
}

check_read_only() {
    say "the root is read-only, /tmp is not"
    # shellcheck disable=SC2016  # the shell in the sandbox expands it
    "${sandbox[@]}" -- sh -c '
        id
        for path in / /opt/ocr /opt/ocr/weights /opt/venv /var/tmp /dev/shm; do
            ! touch "$path/written" 2>/dev/null || { echo "could write to $path"; exit 1; }
        done
        touch /tmp/written' || fail "writing to the image"
    echo "ok"
}

check_command() {
    say "reading a file without a server"
    local text
    # Process 1 of its namespace, as below.
    text=$("${sandbox[@]}" --as-pid-1 -- python -m app ocr - < "$test_image") || fail "python -m app ocr"
    echo "$text"
    [[ $(tr -s '[:space:]' ' ' <<<"$text") == *"$test_words"* ]] || fail "the text lacks '$test_words'"
}

client='
import json, sys, time, urllib.request

words, base = sys.argv[1], "http://127.0.0.1:9000"
image = sys.stdin.buffer.read()

def call(path, body=None, headers={}):
    with urllib.request.urlopen(urllib.request.Request(base + path, body, headers), timeout=30) as answer:
        return answer.read().decode()

limit = time.monotonic() + 60
while True:
    try:
        call("/readyz")
        break
    except OSError as reason:  # no connection, no answer, or 503
        if time.monotonic() > limit:
            sys.exit(f"not ready within 60 s: {reason}")
        time.sleep(0.05)
print(f"ready {time.time() - float(sys.argv[2]):.1f} s after the start")
text = json.loads(call("/ocr", image, {"Content-Type": "image/png"}))["text"]
print("POST /ocr:", *("  " + line for line in text.splitlines()), sep="\n")
if words not in " ".join(text.split()):
    sys.exit(f"the text lacks {words!r}")
print("GET /healthz:", call("/healthz").strip()[:200])
metrics = call("/metrics")
print("GET /metrics:", len(metrics.splitlines()), "lines")
if "# TYPE" not in metrics:
    sys.exit("no metrics")
'

check_service() {
    say "running the image as user $uid: $(config '{{.OCIv1.Config.Entrypoint}} {{.OCIv1.Config.Cmd}}')"
    local command started pid status=0 waited=0
    mapfile -t command < <(config '{{range .OCIv1.Config.Entrypoint}}{{println .}}{{end}}{{range .OCIv1.Config.Cmd}}{{println .}}{{end}}' | grep -v '^$')
    started=$(date +%s.%N)
    : > "$scratch/status"
    # Process 1 of its namespace, as in a container: there, a signal without a handler is ignored.
    "${sandbox[@]}" --as-pid-1 --json-status-fd 3 -- "${command[@]}" 3> "$scratch/status" > "$work/service.log" 2>&1 &
    server=$!
    until pid=$(sed -n 's/.*"child-pid": *\([0-9]*\).*/\1/p' "$scratch/status") && [ -n "$pid" ]; do
        kill -0 "$server" 2>/dev/null || { cat "$work/service.log" >&2; fail "the service did not start"; }
        sleep 0.02
    done
    nsenter --target "$pid" --user --net --pid --mount --preserve-credentials -- \
        /usr/bin/env PATH=/opt/venv/bin:/usr/bin:/bin python3 -B -c "$client" "$test_words" "$started" < "$test_image" \
        || { tail -n 40 "$work/service.log" >&2; fail "the service; its log is $work/service.log"; }

    kill -TERM "$pid"
    while kill -0 "$server" 2>/dev/null; do
        waited=$((waited + 1))
        [ "$waited" -le 300 ] || fail "still running 30 s after SIGTERM"
        sleep 0.1
    done
    wait "$server" || status=$?
    server=
    [ "$status" -eq 0 ] || { tail -n 40 "$work/service.log" >&2; fail "exit status $status after SIGTERM"; }
    echo "SIGTERM: exit status 0"
}

require_tools
mkdir -p "$work"
# Others may pass through, so that the unprivileged user reaches the mounted image.
chmod 755 "$work"
scratch=$(mktemp -d "$work/scratch.XXXXXX")
chmod 711 "$scratch"
trap cleanup EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

prepare_network_settings
make_base
build_image
check_size
check_contents
check_sbom
prepare_sandbox
check_read_only
check_command
check_service
printf '\nPASS: %s, %s MB, answers read-only, offline and as user %s\n' "$tag" "$megabytes" "$uid"
