#!/bin/sh
# The bundled networks are those that models/manifest.json describes: the same bytes, no other file.
cd "${SNV2_SRCDIR:-.}/models" || exit 1

sums=$(sed -n 's/^ *"\([^"]*\)": "\([0-9a-f]\{64\}\)",*$/\2  \1/p' manifest.json)
listed=$(echo "$sums" | cut -c67-)
echo "1..$(($(echo "$sums" | wc -l) + 1))"

echo "$sums" | while read -r sum file; do
    [ "$(sha256sum <"$file" | cut -c-64)" = "$sum" ] || printf 'not '
    echo "ok - $file is the file of manifest.json"
done

unlisted=$(find . -type f \( -path './*/*' -o -name '*.onnx' \) ! -path './__pycache__/*' |
    cut -c3- | grep -vxF "$listed" | tr '\n' ' ')
[ -z "$unlisted" ] || printf 'not '
echo "ok - manifest.json names every file${unlisted:+, but not $unlisted}"
