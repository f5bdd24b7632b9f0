/* The kinds of --emit; see emission.h. */
#include "convert/emission.h"

#include "emit_c/emit_c.h"
#include "onnx/onnx.h"

#include <stdio.h>
#include <string.h>

static enum snv2_status add_file(const char *path, const char *folder, const void *bytes,
                                 size_t size, struct arena *arena, struct emitted_file **files,
                                 struct snv2_diagnostic *diagnostic) {
    struct emitted_file *file = arena_alloc(arena, 1, sizeof *file);
    if (!file)
        return diagnose_no_memory(diagnostic);
    *file = (struct emitted_file){NULL, path, folder, bytes, size};
    while (*files)
        files = &(*files)->next;
    *files = file;
    return SNV2_OK;
}

static enum snv2_status make_onnx(const struct emission_source *source, const char *path,
                                  struct arena *arena, struct emitted_file **files,
                                  struct snv2_diagnostic *diagnostic) {
    const void *bytes;
    size_t size;
    enum snv2_status status = onnx_export(source->graph, arena, &bytes, &size, diagnostic);
    return status == SNV2_OK ? add_file(path, NULL, bytes, size, arena, files, diagnostic) : status;
}

/* The files of a network as C, in the folder `path`. */
static enum snv2_status make_c_files(const struct emission_source *source, const char *path,
                                     bool with_main, struct arena *arena,
                                     struct emitted_file **files,
                                     struct snv2_diagnostic *diagnostic) {
    struct emit_c_file made[EMIT_C_FILES];
    int count = 0;
    const struct emit_c_options options = {source->model, source->freestanding, with_main};
    enum snv2_status status =
        emit_c(source->blob, source->blob_bytes, &options, arena, made, &count, diagnostic);
    for (int i = 0; i < count && status == SNV2_OK; i++) {
        const char *name = path ? arena_printf(arena, "%s/%s", path, made[i].name) : NULL;
        status = path && !name
                     ? diagnose_no_memory(diagnostic)
                     : add_file(name, path, made[i].bytes, made[i].size, arena, files, diagnostic);
    }
    return status;
}

static enum snv2_status make_c(const struct emission_source *source, const char *path,
                               struct arena *arena, struct emitted_file **files,
                               struct snv2_diagnostic *diagnostic) {
    return make_c_files(source, path, false, arena, files, diagnostic);
}

static enum snv2_status make_c_main(const struct emission_source *source, const char *path,
                                    struct arena *arena, struct emitted_file **files,
                                    struct snv2_diagnostic *diagnostic) {
    return make_c_files(source, path, true, arena, files, diagnostic);
}

static const struct emission_kind kinds[] = {
    {"c", "the C sources", make_c, false},
    {"c-main", "the C sources and a main program", make_c_main, false},
    {"onnx", "the ONNX file", make_onnx, true},
};

enum { KIND_COUNT = sizeof kinds / sizeof *kinds };

const struct emission_kind *find_emission_kind(const char *name) {
    for (int i = 0; i < KIND_COUNT; i++)
        if (strcmp(kinds[i].name, name) == 0)
            return &kinds[i];
    return NULL;
}

enum snv2_status parse_emission(const char *argument, struct emission *emission,
                                struct snv2_diagnostic *diagnostic) {
    char names[128] = "";
    size_t used = 0;
    for (int i = 0; i < KIND_COUNT; i++) {
        size_t length = strlen(kinds[i].name);
        if (strncmp(argument, kinds[i].name, length) == 0 && argument[length] == '=' &&
            argument[length + 1]) {
            *emission = (struct emission){&kinds[i], argument + length + 1};
            return SNV2_OK;
        }
        used += (size_t)snprintf(names + used, sizeof names - used, "%s%s=PATH", i ? " or " : "",
                                 kinds[i].name);
    }
    return diagnose(diagnostic, SNV2_USAGE, "option '--emit': '%s' is not %s", argument, names);
}
