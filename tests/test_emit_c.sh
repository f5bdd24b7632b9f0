#!/bin/sh
# Networks as C sources: no warning from any compiler that is here, the bits of snv2-run, no memory
# asked for, a small stack; options and refusals. The networks beside the checkout, other compilers
# and machines: tools/check-emit-c. Prints TAP.
source=$(cd "${SNV2_SRCDIR:-.}" && pwd) || exit 1
build=$(cd "${SNV2_BUILDDIR:-.}" && pwd) || exit 1
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
# shellcheck source=tests/emitted/build.sh
. "$source/tests/emitted/build.sh"

# shellcheck source=tests/tap.sh
. "$source/tests/tap.sh"

# One network by one compiler: compiled, run, compared.
check() { # check NAME COMPILER FLAG...
    name=$1 compiler=$2
    shift 2
    what="$name by $compiler $*"
    if ! command -v "$compiler" >/dev/null; then
        skip "$what" "no $compiler"
        return
    fi
    build_emitted "$name" "$name" program "$compiler" "$@" >log 2>&1
    report $? "$what is compiled"
    cp "$name/program.warnings" log
    [ ! -s log ]
    report $? "$what without a warning"
    "$name/program" "$name" 1 >log 2>&1 && read -r _ stack <log &&
        [ "$stack" -gt 0 ] && [ "$stack" -lt 16000 ]
    report $? "$what runs without a heap, on less than 16 kB of stack"
    run_reference "$name" "$name.snv2" >log 2>&1 && same_outputs "$name" "$name" >log 2>&1
    report $? "$what has the bits of snv2-run"
    "$name/program" "$name" 1 "$name/$name.weights" >log 2>&1 &&
        same_outputs "$name" "$name" >log 2>&1
    report $? "$what, its weights from the file"
    rm -f "$name"/program* "$name"/out_* "$name"/ref_*
}

for name in digits shufflenet_v2_x0_5; do
    "$build/snv2-convert" -q "$source/models/$name.onnx" -o $name.snv2 --emit c=$name >log 2>&1
    report $? "$name as C and as native model"
done
for compiler in gcc clang; do
    for level in -O0 -O2; do
        check digits $compiler $level
    done
done
check shufflenet_v2_x0_5 gcc -O2

"$build/snv2-convert" -q "$source/models/digits.onnx" --emit c=again >log 2>&1 &&
    (for file in again/*; do cmp "$file" "digits/${file#again/}" || exit 1; done) >log 2>&1
report $? "twice the same bytes"
# Names are of any bytes; those of as many keep the file's structure.
LC_ALL=C sed -e 's|/stem/stem.0/Conv|*/}"%s??/\\x;#{$(`|g' -e 's|input|*/"\\?|g' \
    "$source/models/digits.onnx" >'hostile";*.onnx'
"$build/snv2-convert" -q 'hostile";*.onnx' -o hostile___.snv2 --emit c=hostile___ >log 2>&1 &&
    grep -qF '_INPUT_0_NAME "*/\"\\\?"' hostile___/hostile___.h &&
    grep -qF '_/}"%s__/_x;#{$(`' hostile___/hostile___.c
report $? "names that are no names in C"
check hostile___ gcc -O2

"$build/snv2-convert" -q "$source/models/digits.onnx" -o free.snv2 --freestanding --emit c=free >log 2>&1 &&
    ! grep -q '<math.h>' free/digits.c
report $? "without libm"
if command -v gcc >/dev/null; then
    build_emitted free digits program gcc -O2 -ffreestanding >log 2>&1 &&
        free/program free 1 >log 2>&1 && run_reference free free.snv2 >log 2>&1 &&
        same_outputs free free >log 2>&1
    report $? "without libm has the bits of snv2-run"
    nm -u free/program.digits.o | grep -vE ' (mem(cpy|set|move|cmp)|_GLOBAL_OFFSET_TABLE_)$' >log
    [ ! -s log ]
    report $? "it needs no function but those that compilers call by themselves"
else
    skip "without libm has the bits of snv2-run" "no gcc"
fi
"$build/snv2-convert" -q "$source/models/digits.onnx" --emit c=no/such/folder >log 2>&1
[ $? -eq 73 ]
report $? "a folder that cannot be made: exit 73"
"$build/snv2-convert" -q "$source/models/digits.onnx" --input=u8,gray --emit c=bytes >log 2>&1
[ $? -eq 69 ] && [ ! -e bytes/digits.c ]
report $? "pictures of bytes are refused with exit 69"
echo "1..$number"
