/* The graph's inputs and their shapes: what the file declares, what the options add, and one unset
 * batch dimension taken as 1. */
#include "onnx/import.h"

#include <stdio.h>
#include <string.h>

enum { UNSET = -1 };

/* A graph input that is no initializer. */
struct input {
    const char *name;
    enum dtype dtype;
    const Onnx__TensorShapeProto *declared; /* NULL: no shape at all */
    const struct input_shape *given;        /* by the options, or NULL */
};

struct inputs {
    struct importer *importer;
    struct input *list;
    int32_t count;
    struct name_table symbols; /* dim_param -> int64_t that it stands for */
};

/* ---- what the file declares ---- */

static enum snv2_status read_type(struct importer *importer, const Onnx__ValueInfoProto *proto,
                                  struct input *input) {
    struct snv2_diagnostic *diagnostic = importer->diagnostic;
    const Onnx__TypeProto *type = proto->type;
    struct shown_name name = shown(input->name);
    if (!type || !type->tensor_type) {
        const char *kind = !type                      ? NULL
                           : type->sequence_type      ? "sequence"
                           : type->map_type           ? "map"
                           : type->optional_type      ? "optional"
                           : type->sparse_tensor_type ? "sparse tensor"
                                                      : NULL;
        if (kind)
            return diagnose(diagnostic, SNV2_UNSUPPORTED,
                            "input '%s' is a %s; only tensors are supported", name.text, kind);
        return diagnose(diagnostic, SNV2_BAD_MODEL, "input '%s' has no type", name.text);
    }
    const Onnx__TypeProto__Tensor *tensor = type->tensor_type;
    input->declared = tensor->shape;
    if (tensor->shape && tensor->shape->n_dim > MAX_RANK)
        return diagnose(diagnostic, SNV2_UNSUPPORTED,
                        "input '%s' has %zu dimensions; %d are supported", name.text,
                        tensor->shape->n_dim, MAX_RANK);
    return import_dtype(tensor->has_elem_type ? tensor->elem_type : 0, "input", input->name,
                        &input->dtype, diagnostic);
}

/* Dimensions that are set are positive; -1 is a common spelling of unset. */
static enum snv2_status check_dims(struct importer *importer, const struct input *input) {
    for (size_t i = 0; input->declared && i < input->declared->n_dim; i++) {
        const Onnx__TensorShapeProto__Dimension *dim = input->declared->dim[i];
        if (dim->has_dim_value && dim->dim_param)
            return diagnose(importer->diagnostic, SNV2_BAD_MODEL,
                            "dimension %zu of input '%s' has a value and a name", i,
                            shown(input->name).text);
        if (dim->has_dim_value && dim->dim_value < 1 && dim->dim_value != UNSET)
            return diagnose(importer->diagnostic, SNV2_BAD_MODEL,
                            "dimension %zu of input '%s' is %lld", i, shown(input->name).text,
                            (long long)dim->dim_value);
    }
    return SNV2_OK;
}

static enum snv2_status collect_inputs(struct inputs *inputs) {
    struct importer *importer = inputs->importer;
    const Onnx__GraphProto *graph = importer->model->graph;
    struct name_table names;
    name_table_init(&names, importer->scratch);
    inputs->list = arena_alloc(importer->scratch, graph->n_input, sizeof *inputs->list);
    if (!inputs->list)
        return diagnose_no_memory(importer->diagnostic);
    for (size_t i = 0; i < graph->n_input; i++) {
        const char *name = proto_text(graph->input[i]->name);
        struct input *input = &inputs->list[inputs->count];
        bool is_new;
        if (!name_table_add(&names, name, &is_new))
            return diagnose_no_memory(importer->diagnostic);
        if (!*name || !is_new)
            return diagnose(importer->diagnostic, SNV2_BAD_MODEL, "there are two inputs '%s'%s",
                            shown(name).text, *name ? "" : ", or one without a name");
        /* Or an initializer, listed as IR 3 had it. */
        if (!is_needed(importer, name) || graph_find_value(importer->graph, name))
            continue;
        *input = (struct input){.name = name};
        enum snv2_status status = read_type(importer, graph->input[i], input);
        if (!status)
            status = check_dims(importer, input);
        if (status)
            return status;
        inputs->count++;
    }
    return SNV2_OK;
}

/* ---- what the options give ---- */

/* "'a', 'b'" for messages, cut where there are many. */
static const char *list_names(const struct inputs *inputs, char *text, size_t size) {
    size_t used = 0;
    text[0] = '\0';
    for (int32_t i = 0; i < inputs->count && used < size; i++) {
        if (used + sizeof(struct shown_name) + 8 > size) {
            snprintf(text + used, size - used, ", ...");
            break;
        }
        used += (size_t)snprintf(text + used, size - used, "%s'%s'", i ? ", " : "",
                                 shown(inputs->list[i].name).text);
    }
    return text;
}

static const char *given_by(const struct input_shape *given) {
    return given->source ? given->source : "--input-shape";
}

static enum snv2_status find_given(struct inputs *inputs, const struct input_shape *given,
                                   struct input **input) {
    struct snv2_diagnostic *diagnostic = inputs->importer->diagnostic;
    char names[1024];
    *input = NULL;
    if (!given->name && inputs->count != 1)
        return diagnose(diagnostic, SNV2_USAGE, "%s must name one of the %d inputs: %s",
                        given_by(given), (int)inputs->count,
                        list_names(inputs, names, sizeof names));
    for (int32_t i = 0; i < inputs->count; i++)
        if (!given->name || strcmp(given->name, inputs->list[i].name) == 0)
            *input = &inputs->list[i];
    if (!*input)
        return diagnose(diagnostic, SNV2_USAGE,
                        "%s names '%s', which is no input; the inputs are: %s", given_by(given),
                        shown(given->name).text, list_names(inputs, names, sizeof names));
    if ((*input)->given)
        return diagnose(diagnostic, SNV2_USAGE, "%s gives input '%s' two shapes", given_by(given),
                        shown((*input)->name).text);
    return SNV2_OK;
}

/* Notes that the dimension's name, if it has one, stands for `size`; it must not stand for two. */
static enum snv2_status bind_symbol(struct inputs *inputs,
                                    const Onnx__TensorShapeProto__Dimension *dim, int64_t size) {
    struct importer *importer = inputs->importer;
    bool is_new;
    if (!dim->dim_param || !*dim->dim_param)
        return SNV2_OK;
    struct name_entry *entry = name_table_add(&inputs->symbols, dim->dim_param, &is_new);
    if (entry && is_new)
        entry->value = arena_alloc(importer->scratch, 1, sizeof size);
    if (!entry || !entry->value)
        return diagnose_no_memory(importer->diagnostic);
    int64_t *bound = entry->value;
    if (!is_new && *bound != size)
        return diagnose(importer->diagnostic, SNV2_USAGE,
                        "dimension '%s' is %lld in one input and %lld in another",
                        shown(dim->dim_param).text, (long long)*bound, (long long)size);
    *bound = size;
    return SNV2_OK;
}

/* The size of a declared dimension: its value or what its name stands for, else UNSET. */
static int64_t dim_size(const struct inputs *inputs, const Onnx__TensorShapeProto__Dimension *dim) {
    if (dim->has_dim_value)
        return dim->dim_value;
    const int64_t *bound =
        dim->dim_param ? name_table_find(&inputs->symbols, dim->dim_param) : NULL;
    return bound ? *bound : UNSET;
}

static enum snv2_status check_given(struct inputs *inputs, const struct input *input) {
    struct snv2_diagnostic *diagnostic = inputs->importer->diagnostic;
    const struct shape *given = &input->given->shape;
    const char *source = given_by(input->given);
    char text[SHAPE_TEXT];
    bool valid = shape_is_valid(given);
    for (int i = 0; valid && i < given->rank; i++)
        valid = given->dims[i] > 0;
    if (!valid)
        return diagnose(diagnostic, SNV2_USAGE, "%s gives input '%s' the shape %s", source,
                        shown(input->name).text, shape_format(given, text));
    if (!input->declared)
        return SNV2_OK;
    if (input->declared->n_dim != (size_t)given->rank)
        return diagnose(diagnostic, SNV2_USAGE,
                        "%s gives input '%s' %d dimensions; the model declares %zu", source,
                        shown(input->name).text, (int)given->rank, input->declared->n_dim);
    for (int i = 0; i < given->rank; i++) {
        const Onnx__TensorShapeProto__Dimension *dim = input->declared->dim[i];
        if (dim->has_dim_value && dim->dim_value != UNSET && dim->dim_value != given->dims[i])
            return diagnose(diagnostic, SNV2_USAGE,
                            "%s gives dimension %d of input '%s' the size %lld; the model declares "
                            "%lld",
                            source, i, shown(input->name).text, (long long)given->dims[i],
                            (long long)dim->dim_value);
        enum snv2_status status = bind_symbol(inputs, dim, given->dims[i]);
        if (status)
            return status;
    }
    return SNV2_OK;
}

static enum snv2_status apply_options(struct inputs *inputs) {
    const struct onnx_options *options = inputs->importer->options;
    for (int i = 0; i < options->input_shape_count; i++) {
        struct input *input;
        enum snv2_status status = find_given(inputs, &options->input_shapes[i], &input);
        if (status)
            return status;
        input->given = &options->input_shapes[i];
        status = check_given(inputs, input);
        if (status)
            return status;
    }
    return SNV2_OK;
}

/* ---- what is left unset ---- */

/* Says what is declared, "[?batch,3,?,224]", and the option to add: "x:1,3,H,224". */
static enum snv2_status ask_for_shape(const struct inputs *inputs, const struct input *input) {
    struct snv2_diagnostic *diagnostic = inputs->importer->diagnostic;
    struct shown_name name = shown(input->name);
    char declared[1024] = "", wanted[512] = "";
    size_t used = 0, asked = 0;
    if (!input->declared)
        return diagnose(diagnostic, SNV2_USAGE,
                        "input '%s' has no declared shape: add --input-shape %s:D0,D1,...",
                        name.text, name.text);
    int rank = (int)input->declared->n_dim;
    for (int i = 0; i < rank; i++) {
        const Onnx__TensorShapeProto__Dimension *dim = input->declared->dim[i];
        int64_t size = dim_size(inputs, dim);
        const char *comma = i ? "," : "";
        if (size != UNSET) {
            used += (size_t)snprintf(declared + used, sizeof declared - used, "%s%lld", comma,
                                     (long long)size);
            asked += (size_t)snprintf(wanted + asked, sizeof wanted - asked, "%s%lld", comma,
                                      (long long)size);
            continue;
        }
        used += (size_t)snprintf(declared + used, sizeof declared - used, "%s?%s", comma,
                                 shown(proto_text(dim->dim_param)).text);
        if (i == 0 && rank > 1)
            asked += (size_t)snprintf(wanted + asked, sizeof wanted - asked, "1");
        else if (rank == 4)
            asked +=
                (size_t)snprintf(wanted + asked, sizeof wanted - asked, "%s%c", comma, "NCHW"[i]);
        else
            asked += (size_t)snprintf(wanted + asked, sizeof wanted - asked, "%sD%d", comma, i);
    }
    return diagnose(diagnostic, SNV2_USAGE, "input '%s' has shape [%s]: add --input-shape %s:%s",
                    name.text, declared, name.text, wanted);
}

/* The shape of an input from its declaration; a first dimension that alone is unset becomes 1. */
static enum snv2_status settle_shape(struct inputs *inputs, const struct input *input,
                                     struct shape *shape) {
    struct importer *importer = inputs->importer;
    const Onnx__TensorShapeProto *declared = input->declared;
    if (!declared)
        return ask_for_shape(inputs, input);
    *shape = (struct shape){.rank = (int32_t)declared->n_dim};
    int unset = 0;
    for (int i = 0; i < shape->rank; i++) {
        shape->dims[i] = dim_size(inputs, declared->dim[i]);
        unset += shape->dims[i] == UNSET;
    }
    if (unset > 1 || (unset == 1 && (shape->rank < 2 || shape->dims[0] != UNSET)))
        return ask_for_shape(inputs, input);
    if (unset == 1) {
        shape->dims[0] = 1;
        if (!importer->options->images)
            graph_note(importer->graph, "input '%s': the unset batch dimension is taken as 1",
                       shown(input->name).text);
        enum snv2_status status = bind_symbol(inputs, declared->dim[0], 1);
        if (status)
            return status;
    }
    if (!shape_is_valid(shape))
        return diagnose(importer->diagnostic, SNV2_BAD_MODEL, "input '%s' is too large",
                        shown(input->name).text);
    return SNV2_OK;
}

/* Makes the shape one of as many images as are wanted, where its first dimension counts them. */
static enum snv2_status take_images(struct importer *importer, struct shape *shape, bool *takes) {
    int64_t images = importer->options->images;
    if (images == 0 || shape->rank < 2 || (shape->dims[0] != 1 && shape->dims[0] != images))
        return SNV2_OK;
    *takes = true;
    shape->dims[0] = images;
    return shape_is_valid(shape)
               ? SNV2_OK
               : diagnose(importer->diagnostic, SNV2_USAGE, "inputs of %lld images are too large",
                          (long long)images);
}

enum snv2_status import_inputs(struct importer *importer) {
    struct graph *graph = importer->graph;
    struct inputs inputs = {.importer = importer};
    name_table_init(&inputs.symbols, importer->scratch);
    enum snv2_status status = collect_inputs(&inputs);
    if (!status)
        status = apply_options(&inputs);
    if (status)
        return status;
    graph->inputs = arena_alloc(graph->arena, (size_t)inputs.count, sizeof(struct value *));
    if (!graph->inputs)
        return diagnose_no_memory(importer->diagnostic);
    bool takes_images = importer->options->images == 0;
    for (int32_t i = 0; i < inputs.count; i++) {
        const struct input *input = &inputs.list[i];
        struct shape shape;
        if (input->given)
            shape = input->given->shape;
        else if ((status = settle_shape(&inputs, input, &shape)) != SNV2_OK) {
            if (importer->is_part && status == SNV2_USAGE)
                continue;
            return status;
        }
        status = take_images(importer, &shape, &takes_images);
        if (status)
            return status;
        struct value *value = graph_add_value(graph, input->name, input->dtype, &shape);
        if (!value)
            return diagnose_no_memory(importer->diagnostic);
        graph->inputs[graph->input_count++] = value;
    }
    if (!takes_images)
        return diagnose(importer->diagnostic, SNV2_USAGE,
                        "no input has a first dimension that is 1, unset or %lld: there are no "
                        "images to plan for",
                        (long long)importer->options->images);
    return SNV2_OK;
}
