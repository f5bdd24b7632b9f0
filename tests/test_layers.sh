#!/bin/sh
# The law of layers (doc/ARCHITECTURE.md): which folder may include which. Prints TAP.
cd "${SNV2_SRCDIR:-.}" || exit 1

# layer: what it may include, as prefixes of the quoted or bracketed name
rules='
src/base: base/ snv2/allocator.h snv2/status.h snv2/blob.h
src/kernels: kernels/
src/runtime: runtime/ kernels/ base/ snv2/
src/ir: ir/ base/ snv2/status.h
src/interp: interp/ ir/ base/ snv2/status.h
passes: passes/ interp/ ir/ base/ snv2/status.h
src/onnx: onnx/ ir/ base/ proto/ protobuf-c/ snv2/status.h
src/lower: lower/ ir/ base/ snv2/status.h snv2/blob.h snv2/activations.def
src/emit: emit/ lower/program.h base/ snv2/status.h snv2/blob.h
src/emit_c: emit_c/ runtime/ kernels/ base/ snv2/
src/check: check/ interp/ ir/ onnx/onnx.h base/ snv2/status.h snv2/runtime.h
src/convert: convert/ check/check.h emit/emit.h emit_c/emit_c.h lower/lower.h lower/program.h passes/pass.h interp/interp.h onnx/onnx.h onnx/labels.h ir/ base/ snv2/
src/report: report/ convert/ check/check.h passes/pass.h lower/program.h onnx/onnx.h ir/ base/ snv2/ cjson/
src/library: convert/ report/json.h snv2/
src/run: run/ report/print.h report/json_writer.h onnx/onnx.h onnx/file.h onnx/labels.h ir/tensor.h base/ snv2/ png.h jpeglib.h jerror.h
'
# What any layer may use of the system.
system='assert ctype signal errno fcntl fenv float inttypes limits locale math pthread sched setjmp stdalign stdarg stdatomic
stdbool stddef stdint stdio stdlib string time unistd sys/mman sys/stat sys/types sys/syscall linux/futex immintrin arm_neon
xmmintrin endian xxhash cpuid strings'

count=$(echo "$rules" | grep -c :)
echo "1..$count"
number=0
echo "$rules" | grep : | while IFS=: read -r layer allowed; do
    number=$((number + 1))
    broken=$(grep -HnE '^ *# *include' "$layer"/*.[ch] "$layer"/*.def 2>/dev/null |
        sed -E 's/^([^:]*:[0-9]+):.*include *[<"]([^>"]*)[>"].*/\1 \2/' |
        while read -r place header; do
            ok=no
            for prefix in $allowed; do
                case $header in "$prefix"*) ok=yes ;; esac
            done
            for name in $system; do
                [ "$header" = "$name.h" ] && ok=yes
            done
            [ $ok = yes ] || echo "# $place: $header"
        done)
    if [ -n "$broken" ]; then
        echo "not ok $number - $layer includes only: $allowed"
        echo "$broken"
    elif ! ls "$layer"/*.c >/dev/null 2>&1; then
        echo "not ok $number - $layer has sources"
    else
        echo "ok $number - $layer includes only: $allowed"
    fi
done
