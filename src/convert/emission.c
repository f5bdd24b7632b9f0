/* The kinds of --emit; see emission.h. */
#include "convert/emission.h"

#include "onnx/onnx.h"

#include <stdio.h>
#include <string.h>

static enum snv2_status add_file(const char *path, const void *bytes, size_t size,
                                 struct arena *arena, struct emitted_file **files,
                                 struct snv2_diagnostic *diagnostic) {
    struct emitted_file *file = arena_alloc(arena, 1, sizeof *file);
    if (!file)
        return diagnose_no_memory(diagnostic);
    *file = (struct emitted_file){NULL, path, bytes, size};
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
    return status == SNV2_OK ? add_file(path, bytes, size, arena, files, diagnostic) : status;
}

static const struct emission_kind kinds[] = {
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
