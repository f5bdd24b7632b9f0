/* Graph inputs that become constants: their values come from TensorProto files. */
#include "onnx/import.h"

#include <string.h>

static const Onnx__ValueInfoProto *find_input(const struct importer *importer, const char *name) {
    const Onnx__GraphProto *graph = importer->model->graph;
    for (size_t i = 0; i < graph->n_input; i++)
        if (strcmp(proto_text(graph->input[i]->name), name) == 0)
            return graph->input[i];
    return NULL;
}

/* Whether the tensor is what the file declares, where it does. */
static bool is_as_declared(const Onnx__ValueInfoProto *input, const struct tensor *tensor) {
    const Onnx__TypeProto__Tensor *type = input->type ? input->type->tensor_type : NULL;
    if (!type)
        return false;
    if (type->has_elem_type && type->elem_type != (int32_t)tensor->dtype)
        return false;
    if (!type->shape)
        return true;
    if (type->shape->n_dim != (size_t)tensor->shape.rank)
        return false;
    for (int i = 0; i < tensor->shape.rank; i++) {
        const Onnx__TensorShapeProto__Dimension *dim = type->shape->dim[i];
        if (dim->has_dim_value && dim->dim_value >= 0 && dim->dim_value != tensor->shape.dims[i])
            return false;
    }
    return true;
}

static enum snv2_status read_tensor(struct importer *importer, const struct frozen_input *frozen,
                                    struct tensor *tensor) {
    struct snv2_diagnostic *diagnostic = importer->diagnostic;
    const Onnx__ValueInfoProto *input = find_input(importer, frozen->name);
    struct shown_name name = shown(frozen->name);
    const char *unused;
    if (!input)
        return diagnose(diagnostic, SNV2_USAGE, "--freeze names '%s', which is no graph input",
                        name.text);
    enum snv2_status status =
        onnx_load_tensor(frozen->path, importer->graph->arena, tensor, &unused, diagnostic);
    if (!status && !is_as_declared(input, tensor)) {
        char text[SHAPE_TEXT];
        diagnose(diagnostic, SNV2_USAGE,
                 "--freeze gives input '%s' a tensor of %s %s; the model declares another",
                 name.text, dtype_name(tensor->dtype), shape_format(&tensor->shape, text));
        diagnostic_set_file(diagnostic, frozen->path);
        return SNV2_USAGE;
    }
    return status;
}

enum snv2_status read_frozen(struct importer *importer) {
    const struct onnx_options *options = importer->options;
    struct tensor *tensors =
        arena_alloc(importer->scratch, (size_t)options->frozen_input_count, sizeof *tensors);
    enum snv2_status status = tensors ? SNV2_OK : diagnose_no_memory(importer->diagnostic);
    for (int i = 0; i < options->frozen_input_count && !status; i++)
        status = read_tensor(importer, &options->frozen_inputs[i], &tensors[i]);
    importer->frozen = tensors;
    return status;
}

enum snv2_status freeze_inputs(struct importer *importer) {
    const struct onnx_options *options = importer->options;
    for (int i = 0; i < options->frozen_input_count; i++) {
        const char *name = options->frozen_inputs[i].name;
        const struct tensor *tensor = &importer->frozen[i];
        if (graph_find_value(importer->graph, name))
            return diagnose(importer->diagnostic, SNV2_USAGE,
                            "--freeze names '%s', which is a constant already", shown(name).text);
        if (!graph_add_constant(importer->graph, name, tensor->dtype, &tensor->shape, tensor->data))
            return diagnose_no_memory(importer->diagnostic);
    }
    return SNV2_OK;
}
