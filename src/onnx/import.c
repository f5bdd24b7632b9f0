/* ModelProto to graph: the order of the steps, and what belongs to the whole graph. */
#include "onnx/import.h"

#include <string.h>

enum {
    FIRST_IR_WITH_OPSETS = 3, /* before it, all operators were of the first version */
    PART_ELEMENTS = 4096,     /* of the largest initializer that a condition may depend on */
};

const char *node_label(const Onnx__NodeProto *proto) {
    const char *label = proto_text(proto->name);
    for (size_t i = 0; !*label && i < proto->n_output; i++)
        label = proto->output[i];
    return label;
}

const char *default_domain(const char *domain) {
    return strcmp(domain, "ai.onnx") == 0 ? "" : domain;
}

/* What must be there, and what is legal ONNX but no inference graph. */
static enum snv2_status check_model(const Onnx__ModelProto *model,
                                    struct snv2_diagnostic *diagnostic) {
    const Onnx__GraphProto *graph = model->graph;
    if (!graph)
        return diagnose(diagnostic, SNV2_BAD_MODEL, "the model has no graph");
    if (model->n_training_info > 0)
        return diagnose(diagnostic, SNV2_UNSUPPORTED,
                        "the model holds training information; export it for inference");
    if (graph->n_sparse_initializer > 0)
        return diagnose(diagnostic, SNV2_UNSUPPORTED, "sparse initializers are not supported");
    if (graph->n_node == 0)
        return diagnose(diagnostic, SNV2_BAD_MODEL, "the graph has no nodes");
    if (graph->n_output == 0)
        return diagnose(diagnostic, SNV2_BAD_MODEL, "the graph has no outputs");
    return SNV2_OK;
}

/* Where conditions are all that is asked for, large contents are not read. */
static enum snv2_status import_initializer(struct importer *importer, const char *name,
                                           const Onnx__TensorProto *proto) {
    struct graph *graph = importer->graph;
    struct tensor tensor = {.data = NULL};
    enum snv2_status status =
        import_tensor_type(proto, name, &tensor.dtype, &tensor.shape, importer->diagnostic);
    if (!status && !(importer->is_part && shape_elements(&tensor.shape) > PART_ELEMENTS))
        status = import_tensor(proto, name, importer->external, graph->arena, &tensor,
                               importer->diagnostic);
    if (!status && !graph_add_constant(graph, name, tensor.dtype, &tensor.shape, tensor.data))
        status = diagnose_no_memory(importer->diagnostic);
    return status;
}

enum snv2_status import_initializers(struct importer *importer) {
    const Onnx__GraphProto *proto = importer->model->graph;
    for (size_t i = 0; i < proto->n_initializer; i++) {
        const char *name = proto_text(proto->initializer[i]->name);
        if (!is_needed(importer, name))
            continue;
        if (!*name || graph_find_value(importer->graph, name))
            return diagnose(importer->diagnostic, SNV2_BAD_MODEL,
                            *name ? "there are two initializers '%s'"
                                  : "there is an initializer without a name%s",
                            shown(name).text);
        enum snv2_status status = import_initializer(importer, name, proto->initializer[i]);
        if (status)
            return status;
    }
    return SNV2_OK;
}

static enum snv2_status import_nodes(struct importer *importer) {
    enum snv2_status status = SNV2_OK;
    for (int32_t i = 0; i < importer->node_count && !status; i++)
        status = import_node(importer, &importer->nodes[i]);
    return status;
}

/* The file's outputs, or the values at which the graph was cut. */
static enum snv2_status import_outputs(struct importer *importer) {
    const Onnx__GraphProto *proto = importer->model->graph;
    const struct onnx_options *options = importer->options;
    struct graph *graph = importer->graph;
    size_t count = options->cut_count ? (size_t)options->cut_count : proto->n_output;
    graph->outputs = arena_alloc(graph->arena, count, sizeof(struct value *));
    if (!graph->outputs)
        return diagnose_no_memory(importer->diagnostic);
    for (size_t i = 0; i < count; i++) {
        const char *name =
            options->cut_count ? options->cuts[i] : proto_text(proto->output[i]->name);
        struct value *value;
        enum snv2_status status = find_operand(importer, name, &value);
        if (status)
            return status;
        if (!value)
            return diagnose(importer->diagnostic, SNV2_BAD_MODEL,
                            "the graph output '%s' is made by no node", shown(name).text);
        graph->outputs[graph->output_count++] = value;
    }
    return SNV2_OK;
}

/* Gives values their declared types, for inference to compare with. A type that is not completely
 * known says nothing, nor does one of a value that is known already. */
static void declare_types(struct importer *importer, Onnx__ValueInfoProto *const *infos,
                          size_t count) {
    for (size_t i = 0; i < count; i++) {
        struct value *value = graph_find_value(importer->graph, proto_text(infos[i]->name));
        const Onnx__TypeProto__Tensor *type = infos[i]->type ? infos[i]->type->tensor_type : NULL;
        if (!value || !value->producer || !type || !type->shape || type->shape->n_dim > MAX_RANK)
            continue;
        struct shape shape = {.rank = (int32_t)type->shape->n_dim};
        bool known = true;
        for (int d = 0; d < shape.rank; d++) {
            const Onnx__TensorShapeProto__Dimension *dim = type->shape->dim[d];
            known = known && dim->has_dim_value && dim->dim_value >= 0;
            shape.dims[d] = dim->dim_value;
        }
        if (!known || !shape_is_valid(&shape))
            continue;
        value->dtype = dtype_of_number(type->elem_type);
        value->shape = shape;
    }
}

static void fill_info(const struct importer *importer, struct onnx_info *info) {
    const Onnx__ModelProto *model = importer->model;
    const char *name = proto_text(model->producer_name);
    const char *version = proto_text(model->producer_version);
    info->ir_version = model->ir_version;
    info->opset = importer->opset;
    info->producer =
        arena_printf(importer->graph->arena, "%s%s%s", name, *version ? " " : "", version);
    if (model->ir_version < 1 || model->ir_version > IR_VERSION_MAX)
        graph_note(importer->graph, "IR version %lld is unknown; the file is read as version %d",
                   (long long)model->ir_version, IR_VERSION_MAX);
}

enum snv2_status import_model(const Onnx__ModelProto *model, const struct onnx_options *options,
                              struct external *external, struct arena *scratch, struct arena *arena,
                              struct graph **graph, struct onnx_info *info,
                              struct snv2_diagnostic *diagnostic) {
    static enum snv2_status (*const steps[])(struct importer *) = {
        read_frozen,         expand_functions, cut_graph,      check_operators,
        import_initializers, freeze_inputs,    import_inputs,  add_node_values,
        sort_nodes,          import_nodes,     import_outputs,
    };
    struct importer importer = {
        .model = model,
        .options = options,
        .external = external,
        .scratch = scratch,
        .diagnostic = diagnostic,
    };
    enum snv2_status status = check_model(model, diagnostic);
    if (!status)
        status = find_opset(&importer, model->opset_import, model->n_opset_import, "the model",
                            &importer.opset);
    if (status)
        return status;
    if (importer.opset == 0 && model->n_opset_import == 0 && model->has_ir_version &&
        model->ir_version < FIRST_IR_WITH_OPSETS)
        importer.opset = 1;
    if (importer.opset == 0)
        return diagnose(diagnostic, SNV2_BAD_MODEL,
                        "the model imports no opset of the default domain");
    importer.graph = graph_new(arena, proto_text(model->graph->name));
    if (!importer.graph)
        return diagnose_no_memory(diagnostic);
    fill_info(&importer, info);
    if (!info->producer)
        return diagnose_no_memory(diagnostic);
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
        status = steps[i](&importer);
        if (status)
            return status;
    }
    if (!options->images) { /* else what is declared may be of one */
        declare_types(&importer, model->graph->value_info, model->graph->n_value_info);
        declare_types(&importer, model->graph->output, model->graph->n_output);
    }
    *graph = importer.graph;
    return SNV2_OK;
}
