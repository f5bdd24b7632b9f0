/* From a native model to C sources; see emit_c.h. */
#include "emit_c/emit_c.h"

#include "base/diagnostic.h"
#include "emit_c/network.h"
#include "runtime/unit.h"

#include <string.h>

/* Names of headers of C: a network's header must have another. */
static const char *const taken_names[] = {
    "assert", "complex", "ctype",  "errno",  "fenv",   "float",  "immintrin", "inttypes",
    "iso646", "limits",  "locale", "main",   "math",   "setjmp", "signal",    "stdalign",
    "stdarg", "stdbool", "stddef", "stdint", "stdio",  "stdlib", "string",    "tgmath",
    "time",   "uchar",   "unistd", "wchar",  "wctype",
};

enum { NAME_LENGTH = 64 };

/* Whether an identifier that is made of the name has another meaning in the files. */
static bool is_taken(const char *name, struct arena *arena) {
    static const char *const endings[] = {"_run", "_weights", "_load_weights", "_numbers"};
    for (size_t i = 0; i < sizeof taken_names / sizeof *taken_names; i++)
        if (strcmp(name, taken_names[i]) == 0)
            return true;
    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++) {
        const char *identifier = arena_printf(arena, "%s%s", name, endings[i]);
        if (identifier && source_defines(identifier))
            return true;
    }
    return false;
}

static bool is_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* The model's file name without folder and ".onnx" as part of identifiers. NULL: out of memory. */
static const char *name_of(const char *model, struct arena *arena) {
    const char *slash = strrchr(model, '/'), *base = slash ? slash + 1 : model;
    size_t length = strlen(base);
    if (length > 5 && strcmp(base + length - 5, ".onnx") == 0)
        length -= 5;
    if (strcmp(base, "-") == 0)
        return "network";
    char *name = arena_strndup(arena, base, length < NAME_LENGTH ? length : NAME_LENGTH);
    for (char *c = name; c && *c; c++)
        if (!is_letter(*c) && !(*c >= '0' && *c <= '9'))
            *c = '_';
    if (name && is_letter(*name) && !is_taken(name, arena))
        return name;
    return name ? arena_printf(arena, "network_%s", name) : NULL;
}

static const char *upper_case(const char *name, struct arena *arena) {
    char *upper = name ? arena_strdup(arena, name) : NULL;
    for (char *c = upper; c && *c; c++)
        if (*c >= 'a' && *c <= 'z')
            *c = (char)(*c - 'a' + 'A');
    return upper;
}

/* The arguments of all kernels, command by command. False: out of memory. */
static bool resolve(struct network *network, struct arena *arena) {
    const struct blob *blob = &network->blob;
    network->plan.units = arena_alloc(arena, blob->mark_count, sizeof *network->plan.units);
    float *tensors = arena_alloc(arena, (size_t)blob->arena_bytes, 1);
    network->tensors = tensors;
    return network->plan.units && tensors &&
           resolve_commands(blob, tensors, 1, 0, arena, &network->plan);
}

/* Chooses the sources. False: out of memory. */
static bool choose_sources(struct network *network, struct arena *arena) {
    struct source_list *list = arena_alloc(arena, 1, sizeof *list);
    if (!list)
        return false;
    for (uint32_t i = 0; i < network->plan.step_count; i++)
        list_step(&network->plan.steps[i], list);
    if (!source_init(&network->source, list, network->freestanding, arena))
        return false;
    for (uint32_t i = 0; i < network->plan.step_count; i++)
        source_choose(&network->source, network->plan.steps[i].kernel);
    return true;
}

static const struct file_kind {
    const char *ending;
    void (*write)(const struct network *network, struct text *text);
    bool is_extra; /* of the program to try it */
} file_kinds[EMIT_C_FILES] = {
    {".h", write_header, false},
    {".c", write_source, false},
    {"_weights.c", write_weights_source, false},
    {".weights", write_weights, false},
    {"_main.c", write_main, true},
    {".mk", write_makefile, true},
};

static enum snv2_status write_files(const struct network *network,
                                    const struct emit_c_options *options, struct arena *arena,
                                    struct emit_c_file files[EMIT_C_FILES], int *count,
                                    struct snv2_diagnostic *diagnostic) {
    *count = 0;
    for (int i = 0; i < EMIT_C_FILES; i++) {
        const struct file_kind *kind = &file_kinds[i];
        if (kind->is_extra && !options->with_main)
            continue;
        struct text text = {.arena = arena};
        const char *name = arena_printf(arena, "%s%s", network->name, kind->ending);
        kind->write(network, &text);
        if (!name || text.failed)
            return diagnose_no_memory(diagnostic);
        files[(*count)++] = (struct emit_c_file){name, text.bytes, text.size};
    }
    return SNV2_OK;
}

enum snv2_status emit_c(const void *blob, size_t size, const struct emit_c_options *options,
                        struct arena *arena, struct emit_c_file files[EMIT_C_FILES], int *count,
                        struct snv2_diagnostic *diagnostic) {
    struct network network = {.freestanding = options->freestanding};
    network.name = name_of(options->model, arena);
    network.upper_name = upper_case(network.name, arena);
    if (!network.upper_name)
        return diagnose_no_memory(diagnostic);
    enum snv2_status status = blob_read(blob, size, arena, &network.blob, diagnostic);
    if (status == SNV2_OK)
        status = blob_verify(&network.blob, arena, diagnostic);
    if (status == SNV2_OK && network.blob.frame_count > 0)
        status = diagnose(diagnostic, SNV2_UNSUPPORTED,
                          "C sources take numbers, and an input of this network takes the bytes of "
                          "pictures: leave out --input");
    if (status == SNV2_OK && !resolve(&network, arena))
        status = diagnose_no_memory(diagnostic);
    if (status == SNV2_OK)
        status = check_steps(&network, diagnostic);
    if (status == SNV2_OK && !choose_sources(&network, arena))
        status = diagnose_no_memory(diagnostic);
    return status == SNV2_OK ? write_files(&network, options, arena, files, count, diagnostic)
                             : status;
}
