#!/bin/sh
# Takes out of an installed opencv-python-headless what a service that reads still pictures never calls, some 75 MB:
#
#   FFmpeg   replaced by libraries of the same name without code. The extension module links FFmpeg for video files and
#            cannot be loaded without it. Whoever opens a video in this image crashes at once, at address 0.
#   OpenBLAS replaced by a link to Debian's LAPACK, which gives the same answers, without the buffers and the threads that
#            OpenBLAS creates in every process that imports cv2. Its speed matters from 100 x 100 matrices on; OCR solves 8 x 8.
#
# Libraries that a later wheel no longer brings are passed over. check_venv.py says whether what is left works.
# Needs binutils and liblapack3. Usage: slim_opencv.sh SITE_PACKAGES
set -eu
cd "$1/opencv_python_headless.libs"
extension=$1/cv2/cv2.abi3.so
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
as /dev/null -o "$scratch/empty.o"

for name in avcodec avformat avutil swscale; do
    version=LIB$(echo "$name" | tr '[:lower:]' '[:upper:]')
    nm -D --undefined-only --with-symbol-versions "$extension" \
        | sed -n "s/^ *U \(.*\)@\(${version}_[0-9]*\)\$/\1 \2/p" > "$scratch/symbols"
    # The loader looks a symbol up by its version too, so each goes into the version that the extension asks for.
    awk '{ symbols[$2] = symbols[$2] " " $1 ";" } END { for (v in symbols) print v " { global:" symbols[v] " };" }' \
        "$scratch/symbols" > "$scratch/versions"
    sed 's/^\([^ ]*\) .*/--defsym=\1=0/' "$scratch/symbols" > "$scratch/definitions"
    for library in "lib$name"-*.so*; do
        [ -e "$library" ] || continue
        ld -shared -soname "$library" --version-script "$scratch/versions" "@$scratch/definitions" \
            "$scratch/empty.o" -o "$scratch/library"
        cp "$scratch/library" "$library"
    done
done

for library in libopenblas*.so*; do
    [ -e "$library" ] || continue
    lapack=$(ldconfig -p | sed -n 's/.* => \(.*\/liblapack\.so\.3\)$/\1/p' | head -n 1)
    blas=$(ldconfig -p | sed -n 's/.* => \(.*\/libblas\.so\.3\)$/\1/p' | head -n 1)
    ld -shared -soname "$library" --no-as-needed "$scratch/empty.o" "$lapack" "$blas" -o "$scratch/library"
    cp "$scratch/library" "$library"
done

# What only the replaced libraries needed, and what only that needed in turn.
orphans=found
while [ -n "$orphans" ]; do
    orphans=
    readelf -d "$extension" ./*.so* | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p' | sort -u > "$scratch/needed"
    for library in *.so*; do
        grep -qxF "$library" "$scratch/needed" || orphans="$orphans $library"
    done
    # shellcheck disable=SC2086  # a list of names without spaces
    [ -z "$orphans" ] || rm $orphans
done
