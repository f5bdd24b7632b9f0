/* A network as C: emitted into a folder of its own, compiled, loaded and compared; see random_c.h.
 */
#include "tests/random_c.h"

#include "tests/every_way.h"

#include "emit_c/emit_c.h"

#include <dlfcn.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* With the arena that the sources want; compiled behind them. */
static const char run_source[] =
    "#include \"net.h\"\n"
    "static union { unsigned char bytes[NET_ARENA_BYTES]; double aligned; } arena;\n"
    "void run(const float *const *inputs, float *const *outputs) {\n"
    "    net_run(inputs, outputs, &arena, net_weights.numbers);\n"
    "}\n";

typedef void network(const float *const *inputs, float *const *outputs);

static bool write_file(const char *folder, const char *name, const void *bytes, size_t size) {
    char path[PATH_MAX];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "wb");
    bool done = file && fwrite(bytes, 1, size, file) == size;
    return file && fclose(file) == 0 && done;
}

/* The first line of the compiler's messages. */
static void read_message(const char *folder, char text[RANDOM_C_TEXT]) {
    char path[PATH_MAX];
    snprintf(path, sizeof path, "%s/log", folder);
    FILE *file = fopen(path, "r");
    if (!file || !fgets(text, RANDOM_C_TEXT, file))
        snprintf(text, RANDOM_C_TEXT, "the compiler failed");
    if (file)
        fclose(file);
}

static bool compile(const char *compiler, const char *folder, char text[RANDOM_C_TEXT]) {
    char command[PATH_MAX + 512];
    snprintf(command, sizeof command,
             "cd %s && %.200s -std=c99 -Wall -Wextra -pedantic -Werror -O0 -fPIC -shared -o net.so "
             "net.c net_weights.c run.c -lm 2>log",
             folder, compiler);
    bool done = system(command) == 0;
    if (!done)
        read_message(folder, text);
    return done;
}

static void run_network(void *user, const void *const *inputs, void *const *outputs) {
    network *const *run = user;
    (*run)((const float *const *)inputs, (float *const *)outputs);
}

static bool has_bits(const char *folder, const struct snv2_model *model, const void *const *inputs,
                     char text[RANDOM_C_TEXT]) {
    char path[PATH_MAX];
    network *run = NULL;
    snprintf(path, sizeof path, "%s/net.so", folder);
    void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    void *symbol = library ? dlsym(library, "run") : NULL;
    if (!symbol) {
        snprintf(text, RANDOM_C_TEXT, "%s", dlerror());
        return false;
    }
    memcpy(&run, &symbol, sizeof run);
    bool same = runs_as_reference(model, inputs, run_network, &run);
    if (!same)
        snprintf(text, RANDOM_C_TEXT, "other bits than those of the reference kernels");
    dlclose(library);
    return same;
}

static void remove_folder(const char *folder) {
    char command[PATH_MAX];
    snprintf(command, sizeof command, "rm -rf %s", folder);
    if (system(command) != 0)
        fprintf(stderr, "cannot remove %s\n", folder);
}

enum snv2_status check_as_c(const char *compiler, const struct snv2_model *model, const void *blob,
                            size_t size, const void *const *inputs, struct arena *arena,
                            char text[RANDOM_C_TEXT]) {
    const struct emit_c_options options = {.model = "net"};
    struct emit_c_file files[EMIT_C_FILES];
    struct snv2_diagnostic diagnostic;
    char folder[] = "/tmp/random_c.XXXXXX";
    int count;
    enum snv2_status status = emit_c(blob, size, &options, arena, files, &count, &diagnostic);
    if (status != SNV2_OK) {
        snprintf(text, RANDOM_C_TEXT, "%.200s", diagnostic.message);
        return status;
    }
    bool done = mkdtemp(folder) && write_file(folder, "run.c", run_source, sizeof run_source - 1);
    for (int i = 0; i < count && done; i++)
        done = write_file(folder, files[i].name, files[i].bytes, files[i].size);
    if (!done)
        snprintf(text, RANDOM_C_TEXT, "cannot write to %s", folder);
    done = done && compile(compiler, folder, text) && has_bits(folder, model, inputs, text);
    remove_folder(folder);
    return done ? SNV2_OK : SNV2_CHECK_FAILED;
}
