#!/bin/sh
# Bash completion offers what --help says. Prints TAP.
source=$(cd "${SNV2_SRCDIR:-.}" && pwd) || exit 1
PATH=$(cd "${SNV2_BUILDDIR:-.}" && pwd):$PATH
export PATH

if ! command -v bash >/dev/null; then
    echo "1..0 # SKIP bash is not installed"
    exit 0
fi
number=0
offer() { # offer WORD...: what is offered for the last one
    bash -c '. "$0" && COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) && _snv2 "$1" && printf "%s " "${COMPREPLY[@]}"' \
        "$source/completions/${1}" "$@"
}
expect() { # expect EXPECTED WORD...
    expected=$1
    shift
    number=$((number + 1))
    offered=$(offer "$@")
    if [ "$offered" = "$expected" ]; then
        echo "ok $number - $*"
    else
        echo "not ok $number - $*"
        printf 'expected: %s\noffered: %s\n' "$expected" "$offered" | sed 's/^/# /'
    fi
}

for program in snv2-convert snv2-run; do
    expect "$("$program" --help | grep -oE '^ .{0,6}--[a-z-]+=?' | grep -oE -e '--.*' | tr '\n' ' ')" \
        $program --
done
expect '--verify-weights= --verify-data= --version ' snv2-convert --ver
expect 'auto always ' snv2-convert --color = a
expect 'auto always never ' snv2-convert --color =
expect 'onnx= ' snv2-convert --emit = o
expect "$(snv2-convert --list-passes | awk '$2 ~ /^fold/ { printf "%s ", $2 }')" \
    snv2-convert --skip-pass fold
expect ' ' snv2-convert model
echo "1..$number"
