/* Renames and reorders an ONNX graph by protobuf-c's messages (renamed_model.h). */
#include "tests/renamed_model.h"

#include "base/random.h"
#include "proto/onnx.pb-c.h"

#include <check.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Old and new names, sorted by the old ones. */
struct renaming {
    struct rename {
        char *from, *to;
    } * names;
    size_t count, capacity;
    uint64_t random;
};

static void *checked(void *memory) {
    ck_assert_ptr_nonnull(memory);
    return memory;
}

static char *random_name(uint64_t *random) {
    char *name = checked(malloc(32));
    snprintf(name, 32, "n%016" PRIx64, random_next(random));
    return name;
}

static int compare_names(const void *a, const void *b) {
    return strcmp(((const struct rename *)a)->from, ((const struct rename *)b)->from);
}

static void collect_name(struct renaming *renaming, const char *name) {
    if (!name || !*name)
        return;
    if (renaming->count == renaming->capacity) {
        renaming->capacity = 2 * renaming->capacity + 64;
        renaming->names =
            checked(realloc(renaming->names, renaming->capacity * sizeof *renaming->names));
    }
    renaming->names[renaming->count++] =
        (struct rename){checked(strdup(name)), random_name(&renaming->random)};
}

/* Equal names get the new name of the first. */
static void finish_names(struct renaming *renaming) {
    qsort(renaming->names, renaming->count, sizeof *renaming->names, compare_names);
    for (size_t i = 1; i < renaming->count; i++)
        if (strcmp(renaming->names[i].from, renaming->names[i - 1].from) == 0)
            strcpy(renaming->names[i].to, renaming->names[i - 1].to);
}

static void rename_value(const struct renaming *renaming, char **name) {
    if (!*name || !**name)
        return;
    struct rename key = {.from = *name};
    const struct rename *found =
        bsearch(&key, renaming->names, renaming->count, sizeof *renaming->names, compare_names);
    if (!found)
        return;
    free(*name);
    *name = checked(strdup(found->to));
}

static void collect_names(struct renaming *renaming, const Onnx__GraphProto *graph) {
    for (size_t i = 0; i < graph->n_input; i++)
        collect_name(renaming, graph->input[i]->name);
    for (size_t i = 0; i < graph->n_initializer; i++)
        collect_name(renaming, graph->initializer[i]->name);
    for (size_t i = 0; i < graph->n_node; i++)
        for (size_t k = 0; k < graph->node[i]->n_output; k++)
            collect_name(renaming, graph->node[i]->output[k]);
    finish_names(renaming);
}

static void rename_graph(struct renaming *renaming, Onnx__GraphProto *graph) {
    for (size_t i = 0; i < graph->n_input; i++)
        rename_value(renaming, &graph->input[i]->name);
    for (size_t i = 0; i < graph->n_output; i++)
        rename_value(renaming, &graph->output[i]->name);
    for (size_t i = 0; i < graph->n_value_info; i++)
        rename_value(renaming, &graph->value_info[i]->name);
    for (size_t i = 0; i < graph->n_initializer; i++)
        rename_value(renaming, &graph->initializer[i]->name);
    for (size_t i = 0; i < graph->n_node; i++) {
        Onnx__NodeProto *node = graph->node[i];
        for (size_t k = 0; k < node->n_input; k++)
            rename_value(renaming, &node->input[k]);
        for (size_t k = 0; k < node->n_output; k++)
            rename_value(renaming, &node->output[k]);
        if (node->name && *node->name) {
            free(node->name);
            node->name = random_name(&renaming->random);
        }
    }
}

static void shuffle(void **items, size_t count, uint64_t *random) {
    for (size_t i = count; i > 1; i--) {
        size_t other = (size_t)(random_next(random) % i);
        void *item = items[i - 1];
        items[i - 1] = items[other];
        items[other] = item;
    }
}

static struct renamed_model read_file(const char *path) {
    FILE *file = checked(fopen(path, "rb"));
    ck_assert_int_eq(fseek(file, 0, SEEK_END), 0);
    struct renamed_model model = {.size = (size_t)ftell(file)};
    rewind(file);
    model.bytes = checked(malloc(model.size + 1));
    ck_assert_uint_eq(fread(model.bytes, 1, model.size, file), model.size);
    fclose(file);
    return model;
}

struct renamed_model renamed_model_read(const char *path, uint64_t seed) {
    struct renamed_model file = read_file(path);
    if (seed == 0)
        return file;
    Onnx__ModelProto *model = checked(onnx__model_proto__unpack(NULL, file.size, file.bytes));
    free(file.bytes);
    struct renaming renaming = {.random = seed};
    collect_names(&renaming, model->graph);
    rename_graph(&renaming, model->graph);
    shuffle((void **)model->graph->node, model->graph->n_node, &renaming.random);
    shuffle((void **)model->graph->initializer, model->graph->n_initializer, &renaming.random);
    struct renamed_model renamed = {.size = onnx__model_proto__get_packed_size(model)};
    renamed.bytes = checked(malloc(renamed.size + 1));
    onnx__model_proto__pack(model, renamed.bytes);
    onnx__model_proto__free_unpacked(model, NULL);
    for (size_t i = 0; i < renaming.count; i++) {
        free(renaming.names[i].from);
        free(renaming.names[i].to);
    }
    free(renaming.names);
    return renamed;
}
