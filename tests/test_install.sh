#!/bin/sh
# The installed package as a user meets it: pkg-config, both libraries, the examples of the manuals
# and of examples/, and nothing left after make uninstall. Prints TAP.
source=$(cd "${SNV2_SRCDIR:-.}" && pwd) || exit 1
build=$(cd "${SNV2_BUILDDIR:-.}" && pwd) || exit 1
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
root=$work/root
model=$source/models/digits.onnx

# shellcheck source=tests/tap.sh
. "$source/tests/tap.sh"
variable() { sed -n "s/^$1 = //p" "$build/Makefile"; }

if [ ! -f "$build/Makefile" ]; then
    echo "1..0 # SKIP the build has no Makefile"
    exit 0
fi
cd "$work" || exit 1
unset MAKEFLAGS MFLAGS MAKELEVEL
make -C "$build" install DESTDIR="$root" >log 2>&1
report $? "make install DESTDIR="

prefix=$root$(variable prefix)
libdir=$(dirname "$(find "$root" -name libsnv2.so)")
export LD_LIBRARY_PATH="$libdir" PKG_CONFIG_PATH="$libdir/pkgconfig" PKG_CONFIG_SYSROOT_DIR="$root"
compile() { # compile COMPILER SOURCE PACKAGE FLAG...: makes the program SOURCE without its suffix
    compiler=$1 text=$2 package=$3
    shift 3
    # shellcheck disable=SC2046,SC2086 # words
    $compiler $cflags "$@" -Wall -Wextra -pedantic -Werror "$text" -o "${text%.*}" \
        $(pkg-config --cflags --libs $package) >log 2>&1
}
cflags=$(variable CFLAGS)
cc=$(variable CC)

# ---- the libraries ----

for library in libsnv2 libsnv2convert; do
    nm -D --defined-only "$libdir/$library.so" | awk '$2 != "A" { print $3 }' >names
    grep -v '^snv2_' names >log
    [ -s names ] && [ ! -s log ]
    report $? "$library: exports snv2_... alone"
done
sort names >exported
grep -ohE '\bsnv2_[a-z_]+\(' "$source/include/snv2/convert.h" | tr -d '(' | sort -u >log
cmp -s exported log
report $? "libsnv2convert: exports what convert.h declares"
case $cflags in
    *-fsanitize*) skip "libsnv2: needs libc, libm and threads alone" "a sanitizer" ;;
    *)
        readelf -d "$libdir/libsnv2.so" | sed -n 's/.*NEEDED.*\[\(.*\)\]/\1/p' |
            grep -vE '^(libc|libm|libpthread|ld-linux.*|libgcc_s)\.so' >log
        [ ! -s log ]
        report $? "libsnv2: needs libc, libm and threads alone"
        ;;
esac

# ---- examples ----

"$prefix/bin/snv2-convert" -q "$model" -o digits.snv2 >log 2>&1
report $? "snv2-convert runs where it was installed"

# The examples of a manual, one file each.
examples() { # examples PAGE: PAGE-1.c, PAGE-2.c, ...
    awk -v page="$1" '/^\.Sh/ { inside = /EXAMPLES/ }
        inside && /^\.Ed/ { text = 0 }
        text { gsub(/\\e/, "\\"); print >file }
        inside && /^\.Bd/ { text = 1; file = page "-" ++number ".c" }' "$source/man/$1.3"
}
examples snv2
examples snv2-convert
printf '%s\n' 0 1 2 3 4 5 6 7 8 9 >names.txt
"$prefix/bin/snv2-convert" -q "$model" --input=u8,gray --labels=names.txt -o frames.snv2 >log 2>&1
report $? "a model that takes frames"
for example in "snv2-1 digits" "snv2-2 digits" "snv2-3 frames" "snv2-4 digits"; do
    network=${example#* }.snv2 example=${example% *}
    compile "$cc" "$example.c" snv2 && "./$example" "$network" >log 2>&1 && [ -s log ]
    report $? "the example $example of snv2(3)"
done
compile "$cc" snv2-convert-1.c snv2-convert && ./snv2-convert-1 "$model" >log 2>&1 &&
    grep -q '^pass ' log && grep -q '"converter"' log
report $? "the example of snv2-convert(3)"
./snv2-convert-1 nowhere.onnx >/dev/null 2>log
[ $? -eq 66 ] && grep -q 'no such file' log
report $? "the example of snv2-convert(3) says why it fails"

case $cflags in *-fsanitize*) sanitized=yes ;; *) sanitized= ;; esac
if [ -n "$sanitized" ] || ! command -v c++ >/dev/null; then
    skip "examples/run.cc" "no C++ compiler, or a sanitizer"
else
    cp "$source/examples/run.cc" .
    cflags='' compile c++ run.cc snv2 -std=c++11 && ./run digits.snv2 >log 2>&1 && [ -s log ]
    report $? "examples/run.cc"
    sed 's/^[^=]* = //' log >numbers
fi
if [ -n "$sanitized" ] || ! command -v python3 >/dev/null; then
    skip "examples/convert_and_run.py" "no Python, or a sanitizer"
else
    cat >sizes.c <<'EOF'
#include <snv2/convert.h>
#include <snv2/runtime.h>
#include <stdio.h>
int main(void) {
    printf("%zu %zu %zu %zu\n", sizeof(struct snv2_diagnostic), sizeof(struct snv2_convert_options),
           sizeof(struct snv2_conversion_report), sizeof(struct snv2_tensor_info));
}
EOF
    cat >sizes.py <<'EOF'
from ctypes import sizeof
from convert_and_run import *
print(sizeof(Diagnostic), sizeof(ConvertOptions), sizeof(ConversionReport), sizeof(TensorInfo))
EOF
    compile "$cc" sizes.c snv2-convert && ./sizes >log &&
        PYTHONDONTWRITEBYTECODE=1 PYTHONPATH=$source/examples python3 sizes.py >>log 2>&1 &&
        [ "$(sort -u log | wc -l)" -eq 1 ]
    report $? "examples/convert_and_run.py: the structures of the headers"
    SNV2_LIBDIR=$libdir python3 "$source/examples/convert_and_run.py" "$model" >log 2>&1
    report $? "examples/convert_and_run.py"
    if [ -f numbers ]; then
        sed -n 's/^[^=]*\[[0-9]*\] = //p' log | cmp -s - numbers
        report $? "both give the same numbers"
    fi
fi

# ---- uninstall ----

make -C "$build" uninstall DESTDIR="$root" >log 2>&1
report $? "make uninstall DESTDIR="
find "$root" ! -type d >log
[ ! -s log ]
report $? "it leaves nothing"
echo "1..$number"
