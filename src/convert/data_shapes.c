/* Shapes from test data; see data_shapes.h. */
#include "convert/data_shapes.h"

#include <string.h>
#include <unistd.h>

/* The number of files input_0.pb, input_1.pb, ... in the folder, or -1 where memory ran out. */
static int count_inputs(const char *folder, struct arena *arena) {
    for (int count = 0;; count++) {
        const char *path = arena_printf(arena, "%s/input_%d.pb", folder, count);
        if (!path)
            return -1;
        if (access(path, F_OK) != 0)
            return count;
    }
}

static bool is_given(const struct onnx_options *options, const char *name) {
    for (int i = 0; i < options->input_shape_count; i++) {
        const char *given = options->input_shapes[i].name;
        if (!name || !given || strcmp(given, name) == 0)
            return true;
    }
    return false;
}

enum snv2_status add_data_shapes(struct onnx_options *options, const char *folder,
                                 struct arena *arena, struct snv2_diagnostic *diagnostic) {
    const struct onnx_options user = *options;
    int count = count_inputs(folder, arena), total = user.input_shape_count;
    if (count < 0)
        return diagnose_no_memory(diagnostic);
    struct input_shape *shapes = arena_alloc(arena, (size_t)(total + count), sizeof *shapes);
    if (!shapes)
        return diagnose_no_memory(diagnostic);
    for (int i = 0; i < total; i++)
        shapes[i] = user.input_shapes[i];
    for (int i = 0; i < count; i++) {
        struct tensor tensor;
        const char *name, *path = arena_printf(arena, "%s/input_%d.pb", folder, i);
        if (!path)
            return diagnose_no_memory(diagnostic);
        enum snv2_status status = onnx_load_tensor(path, arena, &tensor, &name, diagnostic);
        if (status != SNV2_OK)
            return status;
        if (count == 1)
            name = NULL;
        else if (!*name)
            continue;
        if (!is_given(&user, name))
            shapes[total++] = (struct input_shape){name, tensor.shape, path};
    }
    options->input_shapes = shapes;
    options->input_shape_count = total;
    return SNV2_OK;
}
