/* Model-local functions: a call is replaced by the function's body, until only operators are left;
 * and so are If and Loop where that is known (control_flow.c).
 *
 *   y = f(x) <alpha=2>                          y = g(f/t), f/t = h(x) <a=2>
 *   f(in) { t = h(in) <a=@alpha>; out = g(t) }
 *
 * A stack of bodies being copied takes the place of recursion. */
#include "onnx/expansion.h"

#include <string.h>

/* One text for what identifies a function; lengths keep it unambiguous. */
static const char *function_key(struct arena *arena, const char *domain, const char *name,
                                const char *overload) {
    return arena_printf(arena, "%zu %zu %s%s%s", strlen(domain), strlen(name), domain, name,
                        overload);
}

static enum snv2_status index_functions(struct expansion *expansion) {
    struct importer *importer = expansion->importer;
    const Onnx__ModelProto *model = importer->model;
    for (size_t i = 0; i < model->n_functions; i++) {
        const Onnx__FunctionProto *proto = model->functions[i];
        bool is_new;
        struct function *function = arena_alloc(importer->scratch, 1, sizeof *function);
        const char *key = function_key(importer->scratch, proto_text(proto->domain),
                                       proto_text(proto->name), proto_text(proto->overload));
        struct name_entry *entry = key ? name_table_add(&expansion->functions, key, &is_new) : NULL;
        if (!function || !entry)
            return diagnose_no_memory(importer->diagnostic);
        if (!is_new)
            return diagnose(
                importer->diagnostic, SNV2_BAD_MODEL, "there are two functions '%s' in domain '%s'",
                shown(proto_text(proto->name)).text, shown(proto_text(proto->domain)).text);
        *function = (struct function){.proto = proto};
        entry->value = function;
    }
    return SNV2_OK;
}

/* Notes the names of the graph, which expanded names must not meet. */
static enum snv2_status index_names(struct expansion *expansion) {
    const Onnx__GraphProto *graph = expansion->importer->model->graph;
    struct name_table *taken = &expansion->taken;
    bool is_new, ok = true;
    for (size_t i = 0; i < graph->n_initializer; i++)
        ok = ok && name_table_add(taken, proto_text(graph->initializer[i]->name), &is_new);
    for (size_t i = 0; i < graph->n_input; i++)
        ok = ok && name_table_add(taken, proto_text(graph->input[i]->name), &is_new);
    for (size_t i = 0; i < graph->n_node; i++)
        for (size_t k = 0; k < graph->node[i]->n_output; k++)
            ok = ok && name_table_add(taken, graph->node[i]->output[k], &is_new);
    return ok ? SNV2_OK : diagnose_no_memory(expansion->importer->diagnostic);
}

/* "call/name", with a number behind where that is taken. NULL where memory ran out. */
static const char *unique_name(struct expansion *expansion, const Onnx__NodeProto *call,
                               const char *name) {
    struct arena *arena = expansion->importer->scratch;
    const char *base = arena_printf(arena, "%s/%s", node_label(call), name), *unique = base;
    bool is_new = false;
    while (unique) {
        if (!name_table_add(&expansion->taken, unique, &is_new))
            return NULL;
        if (is_new)
            return unique;
        unique = arena_printf(arena, "%s_%u", base, ++expansion->unique_number);
    }
    return NULL;
}

/* ---- entering a function ---- */

enum snv2_status rename_value(struct expansion *expansion, struct body *body, const char *inner,
                              const char *outer, bool *is_new) {
    struct name_entry *entry = name_table_add(&body->renamed, inner, is_new);
    if (entry && *is_new)
        entry->value = (void *)(outer ? outer : unique_name(expansion, body->call, inner));
    return entry && entry->value ? SNV2_OK : diagnose_no_memory(expansion->importer->diagnostic);
}

/* Inputs and outputs get the call's names (an omitted input stays ""), all else new ones. */
static enum snv2_status rename_values(struct expansion *expansion, struct body *body) {
    struct importer *importer = expansion->importer;
    const Onnx__FunctionProto *proto = body->function->proto;
    const Onnx__NodeProto *call = body->call;
    bool is_new = true;
    enum snv2_status status = SNV2_OK;
    if (call->n_input > proto->n_input || call->n_output > proto->n_output)
        return DIAGNOSE_PROTO(importer, call, SNV2_BAD_MODEL,
                              "has %zu inputs and %zu outputs; the function has %zu and %zu",
                              call->n_input, call->n_output, proto->n_input, proto->n_output);
    for (size_t i = 0; i < proto->n_input && !status && is_new; i++)
        status = rename_value(expansion, body, proto->input[i],
                              i < call->n_input ? call->input[i] : "", &is_new);
    for (size_t i = 0; i < proto->n_output && !status && is_new; i++) {
        bool named = i < call->n_output && call->output[i][0];
        status = rename_value(expansion, body, proto->output[i], named ? call->output[i] : NULL,
                              &is_new);
    }
    if (!status && !is_new)
        return DIAGNOSE_PROTO(importer, call, SNV2_UNSUPPORTED,
                              "the function has two inputs or outputs of one name");
    for (size_t i = 0; i < proto->n_node; i++)
        for (size_t k = 0; k < proto->node[i]->n_output && !status; k++)
            if (proto->node[i]->output[k][0])
                status = rename_value(expansion, body, proto->node[i]->output[k], NULL, &is_new);
    return status;
}

static enum snv2_status enter(struct expansion *expansion, struct function *function,
                              const Onnx__NodeProto *call) {
    struct importer *importer = expansion->importer;
    const Onnx__FunctionProto *proto = function->proto;
    if (function->active)
        return DIAGNOSE_PROTO(importer, call, SNV2_BAD_MODEL, "the function calls itself");
    if (proto->n_attribute_proto > MAX_ATTRIBUTES)
        return DIAGNOSE_PROTO(importer, call, SNV2_UNSUPPORTED,
                              "the function has more than %d attributes", MAX_ATTRIBUTES);
    if (function->opset == 0) {
        function->opset = importer->opset;
        enum snv2_status status = find_opset(importer, proto->opset_import, proto->n_opset_import,
                                             proto_text(proto->name), &function->opset);
        if (status)
            return status;
    }
    struct body *body = &expansion->bodies[expansion->depth++];
    *body = (struct body){
        .function = function,
        .outer = -1,
        .nodes = proto->node,
        .count = proto->n_node,
        .opset = function->opset,
        .call = call,
    };
    name_table_init(&body->renamed, importer->scratch);
    function->active = true;
    return rename_values(expansion, body);
}

/* ---- copying a body ---- */

const char *expanded_name(const struct expansion *expansion, const struct body *body,
                          const char *name) {
    for (;; body = &expansion->bodies[body->outer]) {
        const char *found = name_table_find(&body->renamed, name);
        if (found)
            return found;
        if (body->outer < 0)
            return body->function ? NULL : name;
    }
}

static const Onnx__AttributeProto *find_attribute(Onnx__AttributeProto *const *attributes,
                                                  size_t count, const char *name) {
    for (size_t i = 0; i < count; i++)
        if (strcmp(proto_text(attributes[i]->name), name) == 0)
            return attributes[i];
    return NULL;
}

/* The node's attributes, those that refer to one of the function's replaced by the call's or the
 * default, or left out where there is neither. */
static enum snv2_status copy_attributes(const struct expansion *expansion, const struct body *body,
                                        Onnx__NodeProto *copy) {
    struct importer *importer = expansion->importer;
    while (body->outer >= 0)
        body = &expansion->bodies[body->outer];
    if (!body->function)
        return SNV2_OK;
    const Onnx__FunctionProto *proto = body->function->proto;
    Onnx__AttributeProto **attributes =
        arena_alloc(importer->scratch, copy->n_attribute, sizeof *attributes);
    if (!attributes)
        return diagnose_no_memory(importer->diagnostic);
    size_t count = 0;
    for (size_t i = 0; i < copy->n_attribute; i++) {
        const char *reference = proto_text(copy->attribute[i]->ref_attr_name);
        attributes[count] = copy->attribute[i];
        if (*reference) {
            const Onnx__AttributeProto *given =
                find_attribute(body->call->attribute, body->call->n_attribute, reference);
            if (!given)
                given = find_attribute(proto->attribute_proto, proto->n_attribute_proto, reference);
            if (!given)
                continue;
            attributes[count] = arena_alloc(importer->scratch, 1, sizeof **attributes);
            if (!attributes[count])
                return diagnose_no_memory(importer->diagnostic);
            *attributes[count] = *given;
            attributes[count]->name = copy->attribute[i]->name;
        }
        count++;
    }
    copy->attribute = attributes;
    copy->n_attribute = count;
    return SNV2_OK;
}

static enum snv2_status copy_names(const struct expansion *expansion, const struct body *body,
                                   const Onnx__NodeProto *node, size_t count, char *const *names,
                                   char ***result) {
    struct importer *importer = expansion->importer;
    char **copies = arena_alloc(importer->scratch, count, sizeof *copies);
    if (!copies)
        return diagnose_no_memory(importer->diagnostic);
    for (size_t i = 0; i < count; i++) {
        copies[i] = names[i][0] ? (char *)expanded_name(expansion, body, names[i]) : names[i];
        if (!copies[i])
            return DIAGNOSE_PROTO(
                importer, node, SNV2_BAD_MODEL, "reads '%s', which nothing in function '%s' makes",
                shown(names[i]).text, shown(proto_text(body->call->op_type)).text);
    }
    *result = copies;
    return SNV2_OK;
}

/* The node of a body as a node of the graph. */
static enum snv2_status copy_node(const struct expansion *expansion, const struct body *body,
                                  const Onnx__NodeProto *node, Onnx__NodeProto **result) {
    struct importer *importer = expansion->importer;
    Onnx__NodeProto *copy = arena_alloc(importer->scratch, 1, sizeof *copy);
    if (!copy)
        return diagnose_no_memory(importer->diagnostic);
    *copy = *node;
    copy->name = arena_printf(importer->scratch, "%s/%s", node_label(body->call), node_label(node));
    if (!copy->name)
        return diagnose_no_memory(importer->diagnostic);
    enum snv2_status status =
        copy_names(expansion, body, node, node->n_input, node->input, &copy->input);
    if (!status)
        status = copy_names(expansion, body, node, node->n_output, node->output, &copy->output);
    if (!status)
        status = copy_attributes(expansion, body, copy);
    *result = copy;
    return status;
}

enum snv2_status append_node(struct expansion *expansion, const Onnx__NodeProto *node,
                             int64_t opset) {
    struct importer *importer = expansion->importer;
    if (importer->node_count == importer->node_capacity) {
        int32_t capacity = 2 * importer->node_capacity + 16;
        struct source_node *nodes = arena_alloc(importer->scratch, (size_t)capacity, sizeof *nodes);
        if (!nodes)
            return diagnose_no_memory(importer->diagnostic);
        for (int32_t i = 0; i < importer->node_count; i++)
            nodes[i] = importer->nodes[i];
        importer->nodes = nodes;
        importer->node_capacity = capacity;
    }
    importer->nodes[importer->node_count++] = (struct source_node){node, opset};
    return SNV2_OK;
}

/* The next node of the innermost body: entered where it is a call, else appended. */
static enum snv2_status expand_node(struct expansion *expansion) {
    struct importer *importer = expansion->importer;
    struct body *body = &expansion->bodies[expansion->depth - 1];
    Onnx__NodeProto *node = body->nodes[body->next++];
    struct function *function = NULL;
    if (node->n_attribute > MAX_ATTRIBUTES)
        return DIAGNOSE_PROTO(importer, node, SNV2_UNSUPPORTED, "has more than %d attributes",
                              MAX_ATTRIBUTES);
    if (++expansion->visited > MAX_NODES)
        return diagnose(importer->diagnostic, SNV2_UNSUPPORTED,
                        "the graph has more than %d nodes, functions expanded", MAX_NODES);
    if (body->call) {
        enum snv2_status status = copy_node(expansion, body, node, &node);
        if (status)
            return status;
    }
    bool entered;
    enum snv2_status status = enter_control_flow(expansion, node, &entered);
    if (status || entered)
        return status;
    if (expansion->functions.count > 0) {
        const char *key = function_key(importer->scratch, proto_text(node->domain),
                                       proto_text(node->op_type), proto_text(node->overload));
        if (!key)
            return diagnose_no_memory(importer->diagnostic);
        function = name_table_find(&expansion->functions, key);
    }
    return function ? enter(expansion, function, node) : append_node(expansion, node, body->opset);
}

enum snv2_status expand_functions(struct importer *importer) {
    const Onnx__ModelProto *model = importer->model;
    struct expansion expansion = {.importer = importer};
    name_table_init(&expansion.functions, importer->scratch);
    name_table_init(&expansion.taken, importer->scratch);
    expansion.bodies = arena_alloc(importer->scratch, model->n_functions + MAX_INLINED + 1,
                                   sizeof *expansion.bodies);
    if (!expansion.bodies)
        return diagnose_no_memory(importer->diagnostic);
    enum snv2_status status = index_functions(&expansion);
    if (!status)
        status = index_names(&expansion);
    expansion.bodies[expansion.depth++] = (struct body){
        .outer = -1,
        .nodes = model->graph->node,
        .count = model->graph->n_node,
        .opset = importer->opset,
    };
    while (!status && expansion.depth > 0) {
        struct body *body = &expansion.bodies[expansion.depth - 1];
        if (body->next < body->count)
            status = expand_node(&expansion);
        else {
            if (body->function)
                body->function->active = false;
            expansion.depth--;
        }
    }
    return status;
}
