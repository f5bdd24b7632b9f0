#!/bin/sh
# Every C file is as clang-format 14 leaves it. Prints TAP.
cd "${SNV2_SRCDIR:-.}" || exit 1
command -v clang-format >/dev/null || { echo "1..0 # SKIP clang-format is not installed"; exit 0; }
clang-format --version | grep -q 'version 14' || { echo "1..0 # SKIP not clang-format 14"; exit 0; }

echo "1..1"
changed=$(find src include passes bench fuzz tests -name '*.[ch]' | sort | while read -r file; do
    clang-format "$file" | cmp -s - "$file" || echo "# $file"
done)
if [ -z "$changed" ]; then
    echo "ok 1 - sources are formatted"
else
    echo "not ok 1 - sources are formatted (make format)"
    echo "$changed"
fi
