# Turns kernel sources into a C table of chunks, from which emit_c/source.c writes those that a network
# needs: awk -v root=src -f embed.awk src/kernels/conv_ref.c ...
#
# A chunk is what stands between two blank lines outside all braces and conditionals: a function, a
# type, a table, a macro, each with the comment above it. Its names are what it defines, those of
# structures, unions and enums with a colon in front. Headers are
# taken where they are first included, and once. Chunks of files named *_simd.c, and of headers that
# only those include, are for AVX2; there, and in the names of their kernels, KERNEL_ISA is avx2, and
# what other instruction sets have is left out.

BEGIN {
    print "/* Made by embed.awk from the sources of the kernels. */"
    print "#include \"emit_c/source.h\"\n"
    print "const struct source_chunk source_chunks[] = {"
    known["__AVX512F__"] = known["__ARM_NEON"] = known["VECTOR_SHARES"] = known["VECTOR_PIXELS"] = 0
    known["KERNEL_ISA"] = known["KERNEL_REF_ISA"] = 0
    for (i = 1; i < ARGC; i++) {
        file = ARGV[i]
        sub(/^src\//, "", file)
        is_simd = file ~ /_simd\.c$/
        suffix = is_simd ? "_avx2" : ""
        if (file !~ /\/table\.c$/)
            read_file(file)
    }
    print "};\n"
    print "const size_t source_chunk_count = sizeof source_chunks / sizeof *source_chunks;"
    exit failed
}

# The text without comments, whose state is in_comment.
function without_comments(line,    code, at) {
    code = ""
    while (line != "") {
        at = index(line, in_comment ? "*/" : "/*")
        if (at == 0)
            return in_comment ? code : code line
        if (!in_comment)
            code = code substr(line, 1, at - 1)
        line = substr(line, at + 2)
        in_comment = !in_comment
    }
    return code
}

function count_of(text, pattern) {
    return gsub(pattern, "", text)
}

function add_name(name) {
    if (name != "" && index(names, " " name " ") == 0)
        names = names name " "
}

# The names that a chunk defines, from its lines without comments.
function find_names(code,    lines, count, i, line, level, list, items, item) {
    names = " "
    count = split(code, lines, "\n")
    level = 0
    for (i = 1; i <= count; i++) {
        line = lines[i]
        if (line ~ /^ *# *define /) {
            item = line
            sub(/^ *# *define /, "", item)
            sub(/[^A-Za-z0-9_].*/, "", item)
            if (index(code, "#undef " item "\n") == 0)
                add_name(item)
        }
        if (line ~ /^#.*error/)
            add_name("*")
        # What a macro defines, up to the part that is pasted to it.
        if (match(line, /static [a-z ]*[a-z_]+##/)) {
            item = substr(line, RSTART, RLENGTH - 2)
            sub(/.* /, "", item)
            add_name(item)
        }
        if (level == 0 && line ~ /^[A-Za-z]/ && line !~ /^[A-Z_]+[(]/) {
            item = line
            if (match(item, /^(struct|enum|union) [a-z0-9_]+ *[{;]/)) {
                sub(/^(struct|enum|union) /, "", item)
                sub(/[^a-z0-9_].*/, "", item)
                add_name(":" item)
            } else if (match(item, /^static const [^(=]*=/)) {
                sub(/ *(\[[^=]*)?=.*/, "", item)
                sub(/.*[ *]/, "", item)
                add_name(item)
            } else if (match(item, /\(\*(const )?[a-z_]+\[/)) {
                item = substr(item, RSTART, RLENGTH - 1)
                sub(/.*[* ]/, "", item)
                add_name(item)
            } else if (item ~ /[(]/) {
                sub(/[(].*/, "", item)
                sub(/.*[ *]/, "", item)
                add_name(item)
            } else if (item ~ /^typedef .*;$/) {
                sub(/;$/, "", item)
                sub(/.*[ *]/, "", item)
                add_name(item)
            }
        }
        if (line !~ /^#/ && line !~ /\\$/)
            level += count_of(line, /[{(]/) - count_of(line, /[})]/)
    }
    # Constants.
    if (match(code, /(^|\n)enum [a-z_]*[ ]*[{][^}]*[}]/)) {
        list = substr(code, RSTART, RLENGTH)
        sub(/^[^{]*[{]/, "", list)
        count = split(list, items, ",")
        for (i = 1; i <= count; i++)
            if (match(items[i], /[A-Z][A-Z0-9_]*/) && items[i] !~ /#/)
                add_name(substr(items[i], RSTART, RLENGTH))
    }
}

function print_chunk(text, name,    lines, count, i, part) {
    part = name ~ /freestanding/ ? "FREESTANDING" : is_simd ? "AVX2" : "COMMON"
    printf "    {SOURCE_%s, \"%s\",\n", part, names
    count = split(text, lines, "\n")
    for (i = 1; i < count; i++) {
        gsub(/["\\]/, "\\\\&", lines[i])
        print "     \"" lines[i] "\\n\""
    }
    print "    },"
}

# Ends a chunk. Calls of macros, which define nothing by themselves, belong to the next one; so does
# a comment where a type follows: it says what its members are for.
function end_chunk(name) {
    if (chunk == "")
        return
    find_names(code)
    if (names != " ") {
        print_chunk(calls (chunk ~ /^(struct|union|enum [a-z])/ ? comment : "") chunk, name)
        calls = comment = ""
    } else if (code ~ /(^|\n)[^#\n]/) {
        calls = calls chunk "\n"
        comment = ""
    } else if (code !~ /[^\n]/) {
        comment = chunk "\n"
    }
    chunk = code = ""
}

# Whether the line is kept; conditionals on macros whose value is known are carried out.
# frames[d]: "" where the conditional is kept, else whether its current branch is; taken_branch[d]:
# whether one was.
function keeps(bare,    macro, i) {
    if (bare ~ /^#(if|ifdef|ifndef) /) {
        macro = bare
        sub(/^#(ifdef|ifndef|if defined|if) */, "", macro)
        conditions++
        frames[conditions] = ""
        if (macro in known) {
            frames[conditions] = (bare ~ /^#ifndef/) ? !known[macro] : known[macro]
            taken_branch[conditions] = frames[conditions]
            return 0
        }
    } else if (bare ~ /^#el/ && frames[conditions] != "") {
        macro = bare
        sub(/^#elif defined */, "", macro)
        frames[conditions] = taken_branch[conditions] ? 0 : (bare ~ /^#else/) ? 1 : known[macro]
        taken_branch[conditions] += frames[conditions]
        return 0
    } else if (bare ~ /^#endif/) {
        conditions--
        if (frames[conditions + 1] != "")
            return 0
    }
    for (i = 1; i <= conditions; i++)
        if (frames[i] == "0")
            return 0
    return 1
}

# Conditionals that are kept.
function kept_conditions(    i, count) {
    count = 0
    for (i = 1; i <= conditions; i++)
        count += frames[i] == ""
    return count
}

function read_file(name,    path, line, bare, saved, depth) {
    if (name in taken)
        return
    taken[name] = 1
    path = root "/" name
    depth = 0
    while ((status = (getline line < path)) > 0) {
        if (line ~ /^#include </ || line ~ /^#(ifndef|define) [A-Z0-9_]*_H$/ ||
            (line ~ /^#endif/ && conditions == base[name]) || !keeps(line))
            continue
        if (line ~ /^#include "kernels\/.*\.h"/) {
            saved[1] = chunk
            saved[2] = code
            saved[3] = comment
            chunk = code = comment = ""
            sub(/^#include "/, "", line)
            sub(/".*/, "", line)
            if (line == "kernels/fma.h")
                line = "kernels/portable_fma.h"
            base[line] = conditions
            read_file(line)
            chunk = saved[1]
            code = saved[2]
            comment = saved[3]
            continue
        }
        # Other names of a function, and announcements of what is written elsewhere.
        if (line ~ /^#define [a-z_]+ KERNEL_NAME\(/ || line ~ /^extern / || line ~ /^struct [a-z_]+_args;$/)
            continue
        gsub(/KERNEL_REF_NAME\(/, "KERNEL_NAME_(", line)
        while (match(line, /KERNEL_NAME_?\([a-z_]+\)/)) {
            bare = substr(line, RSTART, RLENGTH)
            sub(/.*\(/, "k_", bare)
            sub(/\)/, substr(line, RSTART, 12) == "KERNEL_NAME_" ? "" : suffix, bare)
            line = substr(line, 1, RSTART - 1) bare substr(line, RSTART + RLENGTH)
        }
        if (depth == 0 && !in_comment &&
            line ~ /^(const )?(void|float|bool|size_t|struct [a-z_]+) \**[a-z_0-9]+\(/)
            line = "static " line
        if (line == "" && depth == 0 && kept_conditions() == 0 && !in_comment) {
            end_chunk(name)
            continue
        }
        bare = without_comments(line)
        depth += count_of(bare, /[{(]/) - count_of(bare, /[})]/)
        chunk = chunk line "\n"
        code = code bare "\n"
    }
    close(path)
    if (status < 0) {
        print "embed.awk: cannot read " path | "cat >&2"
        failed = 1
    }
    end_chunk(name)
    comment = ""
}
