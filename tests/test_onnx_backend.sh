#!/bin/sh
# The backend tests of ONNX from file to file (tools/check-onnx-backend), where python3-onnx and
# libonnx-testdata are installed; what each gives is in tests/onnx_backend.txt. Prints TAP.
source=$(cd "${SNV2_SRCDIR:-.}" && pwd) || exit 1
build=$(cd "${SNV2_BUILDDIR:-.}" && pwd) || exit 1
echo 1..1
python=
for candidate in python3 /usr/bin/python3; do
    [ -n "$python" ] || ! "$candidate" -c 'import onnx, numpy' 2>/dev/null || python=$candidate
done
if [ -z "$python" ]; then
    echo "ok 1 - backend tests # SKIP python3 has no onnx"
elif [ ! -d "${SNV2_ONNX_DATA:=/usr/share/libonnx-testdata/data}/node" ]; then
    echo "ok 1 - backend tests # SKIP no test data of ONNX"
elif output=$("$python" "$source/tools/check-onnx-backend" --build "$build" --data "$SNV2_ONNX_DATA"); then
    echo "ok 1 - $(echo "$output" | tail -n 1)"
else
    echo "not ok 1 - $(echo "$output" | tail -n 1)"
    echo "$output" | sed 's/^/# /'
fi
