/* Chooses and writes chunks of kernel sources: a linker of source text. Chunk A needs chunk B where
 * A's text, comments apart, has a name that B defines. */
#include "emit_c/source.h"

#include <stdio.h>
#include <string.h>

struct entry {
    const char *constant, *function;
};

static const struct entry activations[SOURCE_LINES] = {
#define ACTIVATION(name, function) {#name, #function},
#include "kernels/activations.def"
#undef ACTIVATION
};

static const struct entry binaries[SOURCE_LINES] = {
#define BINARY(name, function) {#name, #function},
#include "kernels/binaries.def"
#undef BINARY
};

static const struct entry integers[SOURCE_LINES] = {
#define INTEGER(name, function) {#name, #function},
#include "kernels/integers.def"
#undef INTEGER
};

const char *activation_constant(int number) {
    return activations[number].constant;
}

const char *binary_constant(int number) {
    return binaries[number].constant;
}

const char *integer_constant(int number) {
    return integers[number].constant;
}

/* ---- reading ---- */

/* A word of C in a text: a name, or a character that is part of none. */
struct word {
    const char *start;
    size_t length;
    bool is_name;
    bool is_tag; /* a name behind struct, union or enum */
};

static bool is_name_character(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

/* Whether the word says that a type's name follows. */
static bool announces_tag(const struct word *word) {
    static const char *const words[] = {"struct", "union", "enum"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (word->length == strlen(words[i]) && strncmp(word->start, words[i], word->length) == 0)
            return true;
    return false;
}

/* The word at `text`, or a whole comment; *word is the one before. False at the end. */
static bool next_word(const char *text, struct word *word) {
    bool is_tag = word->length > 0 && (announces_tag(word) || (word->is_tag && !word->is_name));
    *word = (struct word){text, 1, is_name_character(*text),
                          is_tag && (*text == ' ' || is_name_character(*text))};
    if (!*text)
        return false;
    if (strncmp(text, "/*", 2) == 0) {
        const char *end = strstr(text + 2, "*/");
        word->length = end ? (size_t)(end + 2 - text) : strlen(text);
    } else if (word->is_name) {
        while (is_name_character(text[word->length]))
            word->length++;
    }
    return true;
}

/* Whether the chunk defines the word. */
static bool defines(const struct source_chunk *chunk, const struct word *word) {
    for (const char *at = chunk->names; (at = strchr(at, ' ')) != NULL; at++) {
        const char *name = at + 1 + word->is_tag;
        if ((at[1] == ':') == word->is_tag && strncmp(name, word->start, word->length) == 0 &&
            name[word->length] == ' ')
            return true;
    }
    return false;
}

bool source_defines(const char *name) {
    struct word word = {name, strlen(name), true, false};
    for (size_t i = 0; i < source_chunk_count; i++)
        if (defines(&source_chunks[i], &word))
            return true;
    return false;
}

/* The used lines of a table that is included in a chunk; NULL where the line includes none. */
static const struct entry *included_table(const struct source *source, const char *line,
                                          const bool **used, const char **macro) {
    const struct {
        const char *line, *macro;
        const struct entry *entries;
        const bool *used;
    } tables[] = {
        {"#include \"kernels/activations.def\"", "ACTIVATION", activations,
         source->list->activations},
        {"#include \"kernels/binaries.def\"", "BINARY", binaries, source->list->binaries},
        {"#include \"kernels/integers.def\"", "INTEGER", integers, source->list->integers},
    };
    for (size_t i = 0; i < sizeof tables / sizeof *tables; i++)
        if (strncmp(line, tables[i].line, strlen(tables[i].line)) == 0) {
            *used = tables[i].used;
            *macro = tables[i].macro;
            return tables[i].entries;
        }
    return NULL;
}

/* ---- choosing ---- */

/* Whether the chunk is a type or constants. */
static bool is_type(const struct source_chunk *chunk) {
    struct word word = {0};
    const char *at = chunk->text;
    while (next_word(at, &word) && !word.is_name)
        at += word.length;
    return announces_tag(&word);
}

/* What is for every compiler needs nothing that is not: such a name is a variable's. */
static bool may_need(const struct source *source, size_t chunk, size_t other) {
    enum source_part part = source_chunks[chunk].part, other_part = source_chunks[other].part;
    return chunk != other && (part == SOURCE_AVX2 || other_part != SOURCE_AVX2) &&
           (other_part != SOURCE_FREESTANDING || source->freestanding);
}

static void depend_on_word(struct source *source, size_t chunk, const struct word *word) {
    for (size_t i = 0; i < source_chunk_count; i++)
        if (may_need(source, chunk, i) && defines(&source_chunks[i], word))
            source->depends[chunk * source_chunk_count + i] = true;
}

static void depend_on_table(struct source *source, size_t chunk, const char *line) {
    const bool *used;
    const char *macro;
    const struct entry *table = included_table(source, line, &used, &macro);
    for (int i = 0; table && i < SOURCE_LINES; i++)
        if (used[i]) {
            struct word word = {table[i].function, strlen(table[i].function), true, false};
            depend_on_word(source, chunk, &word);
        }
}

static void find_dependencies(struct source *source, size_t chunk) {
    struct word word = {0};
    bool type = is_type(&source_chunks[chunk]);
    for (const char *at = source_chunks[chunk].text; next_word(at, &word); at += word.length) {
        if (*at == '#' && !type)
            depend_on_table(source, chunk, at);
        else if (word.is_name)
            depend_on_word(source, chunk, &word);
    }
}

static bool needs(const struct source *source, size_t chunk, size_t other) {
    return source->depends[chunk * source_chunk_count + other];
}

/* Marks the common chunks that need one that is marked. */
static void mark_users(const struct source *source, bool *marks) {
    for (bool changed = true; changed;) {
        changed = false;
        for (size_t i = 0; i < source_chunk_count; i++)
            for (size_t k = 0; k < source_chunk_count && !marks[i]; k++)
                if (marks[k] && needs(source, i, k) && source_chunks[i].part == SOURCE_COMMON)
                    marks[i] = changed = true;
    }
}

bool source_init(struct source *source, const struct source_list *list, bool freestanding,
                 struct arena *arena) {
    size_t count = source_chunk_count;
    *source = (struct source){
        .list = list,
        .freestanding = freestanding,
        .depends = arena_alloc(arena, count * count, sizeof *source->depends),
        .uses_fma = arena_alloc(arena, count, sizeof *source->uses_fma),
        .common = arena_alloc(arena, count, sizeof *source->common),
        .vector = arena_alloc(arena, count, sizeof *source->vector),
        .fma_too = arena_alloc(arena, count, sizeof *source->fma_too),
    };
    if (!source->depends || !source->uses_fma || !source->common || !source->vector ||
        !source->fma_too)
        return false;
    const struct word fma = {"FMA", 3, true, false}, everywhere = {"*", 1, true, false};
    for (size_t i = 0; i < count; i++) {
        find_dependencies(source, i);
        source->uses_fma[i] = defines(&source_chunks[i], &fma);
        source->common[i] = defines(&source_chunks[i], &everywhere);
    }
    mark_users(source, source->uses_fma);
    return true;
}

/* Whether the chunk is written with _fma names where it is for AVX2. */
static bool is_renamed(const struct source *source, size_t chunk) {
    const struct word fma = {"FMA", 3, true, false};
    return source->uses_fma[chunk] && !defines(&source_chunks[chunk], &fma);
}

static void choose_chunk(struct source *source, size_t chunk, bool for_vector) {
    bool renamed = for_vector && is_renamed(source, chunk);
    bool *marks = renamed ? source->fma_too : for_vector ? source->vector : source->common;
    if (marks[chunk])
        return;
    marks[chunk] = true;
    for (size_t i = 0; i < source_chunk_count; i++)
        if (needs(source, chunk, i))
            choose_chunk(source, i, for_vector);
}

static void choose_name(struct source *source, const char *name, bool for_vector) {
    struct word word = {name, strlen(name), true, false};
    for (size_t i = 0; i < source_chunk_count; i++)
        if (defines(&source_chunks[i], &word))
            choose_chunk(source, i, for_vector);
}

void source_choose(struct source *source, const char *family) {
    char name[64];
    snprintf(name, sizeof name, "k_%s", family);
    choose_name(source, name, false);
    if (source->freestanding)
        return;
    snprintf(name, sizeof name, "k_%s_avx2", family);
    if (!source_defines(name))
        snprintf(name, sizeof name, "k_%s", family);
    choose_name(source, name, true);
}

void source_vector_kernel(const struct source *source, const char *family, char *name,
                          size_t size) {
    snprintf(name, size, "k_%s_avx2", family);
    if (source_defines(name))
        return;
    snprintf(name, size, "k_%s", family);
    struct word word = {name, strlen(name), true, false};
    for (size_t i = 0; i < source_chunk_count; i++)
        if (defines(&source_chunks[i], &word) && source->fma_too[i])
            snprintf(name, size, "k_%s_fma", family);
}

/* ---- writing ---- */

/* Whether the word, which stands behind `before`, is one of those that get an ending: a function,
 * table or macro that is written once more. Members are not. */
static bool gets_ending(const struct source *source, const struct word *word,
                        const struct word *before) {
    if (before->start && (*before->start == '.' || *before->start == '>'))
        return false;
    for (size_t i = 0; i < source_chunk_count; i++)
        if (source->fma_too[i] && defines(&source_chunks[i], word))
            return true;
    return false;
}

/* A name that ends in '_' is pasted to another behind it. */
static void write_renamed(struct text *text, const struct word *word) {
    text_add(text, word->start, word->length);
    text_print(text, "%s", word->start[word->length - 1] == '_' ? "fma_" : "_fma");
}

static void write_table(const struct source *source, const char *line, bool renamed,
                        struct text *text) {
    const bool *used;
    const char *macro;
    const struct word before = {0};
    const struct entry *table = included_table(source, line, &used, &macro);
    for (int i = 0; i < SOURCE_LINES; i++) {
        if (!used[i])
            continue;
        struct word word = {table[i].function, strlen(table[i].function), true, false};
        bool ending = renamed && gets_ending(source, &word, &before);
        text_print(text, "%s(%s, %s%s)\n", macro, table[i].constant, table[i].function,
                   ending ? "_fma" : "");
    }
}

static void write_chunk(const struct source *source, size_t chunk, bool renamed,
                        struct text *text) {
    struct word word = {0}, before = {0};
    const bool *used;
    const char *macro;
    text_print(text, "\n");
    for (const char *at = source_chunks[chunk].text; next_word(at, &word); at += word.length) {
        if (*at == '#' && included_table(source, at, &used, &macro)) {
            write_table(source, at, renamed, text);
            word.length = strcspn(at, "\n") + 1;
        } else if (renamed && word.is_name && gets_ending(source, &word, &before)) {
            write_renamed(text, &word);
        } else {
            text_add(text, word.start, word.length);
        }
        if (*word.start != ' ')
            before = word;
    }
}

void source_write_common(const struct source *source, struct text *text) {
    for (size_t i = 0; i < source_chunk_count; i++)
        if (source->common[i])
            write_chunk(source, i, false, text);
}

void source_write_vector(const struct source *source, struct text *text) {
    for (size_t i = 0; i < source_chunk_count; i++)
        if (source->fma_too[i] || (source->vector[i] && !source->common[i]))
            write_chunk(source, i, source->fma_too[i] || source_chunks[i].part == SOURCE_AVX2,
                        text);
}
