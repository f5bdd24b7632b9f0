#!/bin/sh
# The kernels for NEON give the bits of this machine's on a bundled network, by tools/check-every-way.
# Prints TAP.
source=$(cd "${SNV2_SRCDIR:-.}" && pwd) || exit 1
build=$(cd "${SNV2_BUILDDIR:-.}" && pwd) || exit 1
line=$("$source/tools/check-every-way" --build "$build" "$source/models/digits.onnx" 2>&1)
status=$?
echo 1..1
case $status:$line in
    0:*skipped:*) echo "ok 1 - digits on AArch64 # SKIP ${line#*skipped: }" ;;
    0:*", the same") echo "ok 1 - digits on AArch64: ${line#*; }" ;;
    *)
        echo "$line" | sed 's/^/# /'
        echo "not ok 1 - digits on AArch64"
        ;;
esac
