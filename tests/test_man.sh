#!/bin/sh
# The manuals say what the programs and headers say: options, functions, opcodes. Prints TAP.
source=$(cd "${SNV2_SRCDIR:-.}" && pwd) || exit 1
build=$(cd "${SNV2_BUILDDIR:-.}" && pwd) || exit 1
man=$source/man

number=0
expect_same() { # expect_same WHAT EXPECTED ACTUAL
    number=$((number + 1))
    if [ -n "$2" ] && [ "$2" = "$3" ]; then
        echo "ok $number - $1"
    else
        echo "not ok $number - $1"
        printf 'expected: %s\nactual: %s\n' "$2" "$3" | sed 's/^/# /'
    fi
}

for program in snv2-convert snv2-run; do
    help=$("$build/$program" --help)
    expect_same "$program.1 has the options of --help" \
        "$(echo "$help" | grep -oE '^ .{0,6}--[a-z-]+' | grep -oE -e '--[a-z-]+' | sort)" \
        "$(grep '^\.It .*Fl \\-' "$man/$program.1" | sed 's/.*Fl \\-\([a-z-]*\).*/--\1/' | sort)"
    expect_same "$program.1 has the short options of --help" \
        "$(echo "$help" | grep -oE '^  -[a-zA-Z],' | tr -d ' ,' | sort)" \
        "$(sed -n 's/^\.It Fl \([a-zA-Z]\) .*/-\1/p' "$man/$program.1" | sort)"
    expect_same "$program.1 has the exit status of --help" \
        "$(echo "$help" | sed -n '/^Exit status/,$p' | grep -oE '[0-9]+' | sort)" \
        "$(sed -n 's/^\.It \([0-9]*\)$/\1/p' "$man/$program.1" | sort)"
done

expect_functions() { # expect_functions HEADER PAGE: declared, described and used in an example
    functions=$(grep -oE '\bsnv2_[a-z_]+\(' "$source/include/snv2/$1" | tr -d '(' | sort -u)
    expect_same "$2 names the functions of $1" "$functions" \
        "$(sed -n 's/^\.Nm \(snv2_[a-z_]*\).*/\1/p' "$man/$2" | sort -u)"
    expect_same "$2 declares them" "$functions" \
        "$(sed -n '/SYNOPSIS/,/DESCRIPTION/s/^\.F[no] \(snv2_[a-z_]*\).*/\1/p' "$man/$2" | sort -u)"
    expect_same "$2 uses them in its examples" "$functions" \
        "$(sed -n '/EXAMPLES/,$p' "$man/$2" | grep -oE '\bsnv2_[a-z_]+\(' | tr -d '(' | sort -u)"
}
expect_functions runtime.h snv2.3
expect_functions convert.h snv2-convert.3
expect_same "snv2.3 has the statuses of status.h" \
    "$(sed -n 's/^ *\(SNV2_[A-Z_]*\) = \([0-9]*\).*/\1 \2/p' "$source/include/snv2/status.h")" \
    "$(sed -n 's/^\.It Dv \(SNV2_[A-Z_]*\) No (\([0-9]*\))/\1 \2/p' "$man/snv2.3")"

# expect_list MACRO FILE LINE: the names of FILE stand in snv2-blob.5, in the list behind LINE.
expect_list() {
    expect_same "snv2-blob.5 has the names of $2" \
        "$(sed -n "s/^$1(\([A-Z0-9_]*\), \([0-9]*\),.*/\2 \1/p" "$source/include/snv2/$2")" \
        "$(sed -n "/^$3/,/^\.El/s/^\.It \([0-9]* [A-Z0-9_]*\)\$/\1/p" "$man/snv2-blob.5")"
}
expect_list OPCODE opcodes.def 'The opcodes:'
expect_list ACTIVATION activations.def 'The activation is'
expect_list BINARY binaries.def 'The modes of BINARY:'
expect_list INTEGER integers.def 'The modes of INTEGER:'
expect_list INTEGER_TYPE integer_types.def 'The types of integers:'

for page in "$man"/*.[1-9]; do
    number=$((number + 1))
    if ! command -v mandoc >/dev/null; then
        echo "ok $number - ${page##*/} is clean # SKIP mandoc is not installed"
    elif problems=$(mandoc -T lint -W warning "$page"); then
        echo "ok $number - ${page##*/} is clean"
    else
        echo "not ok $number - ${page##*/} is clean"
        echo "$problems" | sed 's/^/# /'
    fi
done
echo "1..$number"
