/* The reader of the text form, one function for each piece of the grammar in text.h. */
#include "ir/text.h"

#include "base/c_locale.h"
#include "ir/text_tensor.h"

#include <string.h>

struct reader_state {
    struct cursor cursor;
    struct graph *graph;
    int32_t defined; /* values there were before this line, which it may read */
};

/* A value list that doubles when it is full. */
static bool append(struct cursor *cursor, struct value ***list, int32_t *count,
                   struct value *value) {
    bool full = (*count & (*count - 1)) == 0; /* 0 or a power of two */
    if (full) {
        size_t capacity = *count ? 2 * (size_t)*count : 1;
        struct value **larger = arena_alloc(cursor->arena, capacity, sizeof *larger);
        if (!larger)
            return lex_no_memory(cursor);
        if (*count)
            memcpy(larger, *list, (size_t)*count * sizeof *larger);
        *list = larger;
    }
    (*list)[(*count)++] = value;
    return true;
}

static struct value *find_value(struct reader_state *state) {
    const char *name = lex_name(&state->cursor);
    struct value *value = graph_find_value(state->graph, name);
    if (!value || value->id >= state->defined)
        lex_fail(&state->cursor, "there is no value '%s' yet", name);
    return value;
}

static struct value *new_value(struct reader_state *state, const char *name, enum dtype dtype,
                               const struct shape *shape) {
    if (graph_find_value(state->graph, name))
        lex_fail(&state->cursor, "there is a value '%s' already", name);
    if (state->cursor.status != SNV2_OK)
        return NULL;
    struct value *value = graph_add_value(state->graph, name, dtype, shape);
    if (!value)
        lex_no_memory(&state->cursor);
    return value;
}

/* name: type */
static struct value *read_typed_value(struct reader_state *state) {
    const char *name = lex_name(&state->cursor);
    enum dtype dtype;
    struct shape shape;
    lex_expect(&state->cursor, ":");
    text_read_type(&state->cursor, &dtype, &shape);
    return new_value(state, name, dtype, &shape);
}

static void read_constant(struct reader_state *state) {
    struct value *value = read_typed_value(state);
    lex_expect(&state->cursor, "=");
    if (lex_accept(&state->cursor, "hash("))
        lex_fail(&state->cursor, "the elements are left out here, so the graph cannot be read");
    if (value)
        value->data = text_read_elements(&state->cursor, value->dtype, &value->shape);
}

/* name[: type[{elements}]]: a node's result */
static struct value *read_result(struct reader_state *state) {
    const char *name = lex_name(&state->cursor);
    enum dtype dtype = DTYPE_NONE;
    struct shape shape = {.rank = SHAPE_UNKNOWN};
    const void *data = NULL;
    if (lex_accept(&state->cursor, ":")) {
        text_read_type(&state->cursor, &dtype, &shape);
        if (*state->cursor.at == '{')
            data = text_read_elements(&state->cursor, dtype, &shape);
    }
    struct value *value = new_value(state, name, dtype, &shape);
    if (value)
        value->data = data;
    return value;
}

static void read_ints(struct cursor *cursor, struct ints *ints) {
    ints->count = 0;
    lex_expect(cursor, "[");
    if (lex_accept(cursor, "]"))
        return;
    do {
        if (ints->count == MAX_INTS) {
            lex_fail(cursor, "more than %d entries", MAX_INTS);
            return;
        }
        ints->values[ints->count++] = lex_integer(cursor, INT64_MIN, INT64_MAX);
    } while (lex_accept(cursor, ","));
    lex_expect(cursor, "]");
}

static const struct tensor *read_tensor(struct cursor *cursor) {
    struct tensor *tensor = arena_alloc(cursor->arena, 1, sizeof *tensor);
    if (!tensor) {
        lex_no_memory(cursor);
        return NULL;
    }
    text_read_type(cursor, &tensor->dtype, &tensor->shape);
    tensor->data = text_read_elements(cursor, tensor->dtype, &tensor->shape);
    return tensor;
}

static int64_t read_member(struct cursor *cursor, const struct attribute_field *field) {
    const char *spelling = lex_name(cursor);
    for (int64_t i = 0; field->members[i]; i++)
        if (!strcmp(field->members[i], spelling))
            return i;
    lex_fail(cursor, "'%s' is no value of %s", spelling, field->name);
    return 0;
}

/* input:first+count[*step] */
static struct channel_run read_run(struct cursor *cursor) {
    struct channel_run run = {.step = 1};
    run.input = (int32_t)lex_integer(cursor, 0, INT32_MAX);
    lex_expect(cursor, ":");
    run.first = (int32_t)lex_integer(cursor, 0, INT32_MAX);
    lex_expect(cursor, "+");
    run.count = (int32_t)lex_integer(cursor, 0, INT32_MAX);
    if (lex_accept(cursor, "*"))
        run.step = (int32_t)lex_integer(cursor, INT32_MIN, INT32_MAX);
    return run;
}

/* Counts the runs ahead before it reads them. */
static void read_runs(struct cursor *cursor, struct channel_runs *runs) {
    size_t capacity = 1;
    for (const char *s = cursor->at; *s && *s != ']' && *s != '\n'; s++)
        capacity += *s == ',';
    struct channel_run *list = arena_alloc(cursor->arena, capacity, sizeof *list);
    if (!list) {
        lex_no_memory(cursor);
        return;
    }
    lex_expect(cursor, "[");
    do
        list[runs->count++] = read_run(cursor);
    while (lex_accept(cursor, ","));
    lex_expect(cursor, "]");
    runs->runs = list;
}

static void read_attribute(struct cursor *cursor, struct node *node) {
    int count;
    const struct attribute_field *fields = attribute_fields((int)node->op, &count), *field = fields;
    const char *name = lex_name(cursor);
    while (field < fields + count && strcmp(field->name, name))
        field++;
    if (field == fields + count) {
        lex_fail(cursor, "%s has no attribute '%s'", op_infos[node->op].name, name);
        return;
    }
    void *place = attribute_place(&node->attributes, field);
    lex_expect(cursor, "=");
    switch (field->kind) {
    case ATTRIBUTE_INT:
        attribute_set_int(&node->attributes, field, lex_integer(cursor, INT64_MIN, INT64_MAX));
        break;
    case ATTRIBUTE_FLOAT:
        *(float *)place = (float)lex_real(cursor);
        break;
    case ATTRIBUTE_INTS:
        read_ints(cursor, place);
        break;
    case ATTRIBUTE_TENSOR:
        *(const struct tensor **)place = read_tensor(cursor);
        break;
    case ATTRIBUTE_TEXT:
        *(const char **)place = lex_name(cursor);
        break;
    case ATTRIBUTE_ENUM:
        attribute_set_int(&node->attributes, field, read_member(cursor, field));
        break;
    case ATTRIBUTE_RUNS:
        read_runs(cursor, place);
        break;
    }
}

/* @kind number */
static void read_unit(struct cursor *cursor, struct node *node) {
    node->unit_kind = unit_kind_of_name(lex_name(cursor));
    if (node->unit_kind == UNIT_NONE)
        lex_fail(cursor, "a kind of unit is expected");
    node->unit = (int32_t)lex_integer(cursor, 1, INT32_MAX);
}

/* The types, where they follow from what is known; else they stay as written, for infer_graph. */
static void infer(struct reader_state *state, struct node *node, const char *line) {
    for (int i = 0; i < node->input_count; i++)
        if (node->inputs[i] && node->inputs[i]->shape.rank == SHAPE_UNKNOWN)
            return;
    struct snv2_diagnostic reason = {.status = SNV2_OK};
    enum snv2_status status = infer_node(state->graph, node, &reason);
    if (status == SNV2_OK || status == SNV2_UNSUPPORTED)
        return;
    state->cursor.at = line;
    state->cursor.status = status;
    reason.offset = line - state->cursor.text;
    if (state->cursor.diagnostic)
        *state->cursor.diagnostic = reason;
}

/* [{attributes}] [@kind number] [as name] */
static void read_decorations(struct cursor *cursor, struct node *node) {
    if (lex_accept(cursor, "{")) {
        do
            read_attribute(cursor, node);
        while (lex_accept(cursor, ","));
        lex_expect(cursor, "}");
    }
    if (lex_accept(cursor, "@"))
        read_unit(cursor, node);
    if (lex_accept_keyword(cursor, "as"))
        node->name = lex_name(cursor);
}

/* Operator(operands) */
static enum op read_operation(struct reader_state *state, struct value ***inputs, int32_t *count) {
    struct cursor *cursor = &state->cursor;
    const char *name = lex_name(cursor);
    enum op op = op_of_name(name);
    if (op == OP_COUNT)
        lex_fail(cursor, "there is no operator '%s'", name);
    lex_expect(cursor, "(");
    while (cursor->status == SNV2_OK && !lex_accept(cursor, ")")) {
        if (*count)
            lex_expect(cursor, ",");
        append(cursor, inputs, count, lex_accept_omitted(cursor) ? NULL : find_value(state));
    }
    return op;
}

/* results = Operator(operands) and what may stand behind */
static void read_node(struct reader_state *state) {
    struct cursor *cursor = &state->cursor;
    const char *line = cursor->at;
    struct value **outputs = NULL, **inputs = NULL;
    int32_t output_count = 0, input_count = 0;
    do
        append(cursor, &outputs, &output_count, read_result(state));
    while (lex_accept(cursor, ","));
    lex_expect(cursor, "=");
    enum op op = read_operation(state, &inputs, &input_count);
    if (cursor->status != SNV2_OK)
        return;
    struct node *node =
        graph_insert_node(state->graph, NULL, op, outputs[0]->name, input_count, output_count);
    if (!node) {
        lex_no_memory(cursor);
        return;
    }
    for (int32_t i = 0; i < input_count; i++)
        node->inputs[i] = inputs[i];
    for (int32_t i = 0; i < output_count; i++)
        node_set_output(node, i, outputs[i]);
    read_decorations(cursor, node);
    if (cursor->status == SNV2_OK)
        infer(state, node, line);
}

static void read_statement(struct reader_state *state) {
    struct cursor *cursor = &state->cursor;
    struct graph *graph = state->graph;
    state->defined = graph->value_count;
    if (lex_accept_keyword(cursor, "input"))
        append(cursor, &graph->inputs, &graph->input_count, read_typed_value(state));
    else if (lex_accept_keyword(cursor, "output"))
        append(cursor, &graph->outputs, &graph->output_count, find_value(state));
    else if (lex_accept_keyword(cursor, "const"))
        read_constant(state);
    else
        read_node(state);
    if (cursor->status == SNV2_OK && !lex_end_of_line(cursor))
        lex_fail(cursor, "the line should end here");
}

static enum snv2_status read_graph(struct reader_state *state) {
    struct cursor *cursor = &state->cursor;
    const char *name = "";
    lex_end_of_line(cursor);
    if (lex_accept_keyword(cursor, "graph")) {
        name = lex_name(cursor);
        lex_end_of_line(cursor);
    }
    state->graph = graph_new(cursor->arena, name);
    if (!state->graph)
        lex_no_memory(cursor);
    while (cursor->status == SNV2_OK && !lex_end_of_text(cursor))
        read_statement(state);
    return cursor->status;
}

enum snv2_status graph_read_text(const char *text, struct arena *arena, struct graph **graph,
                                 struct snv2_diagnostic *diagnostic) {
    struct reader_state state = {
        .cursor = {.text = text, .at = text, .arena = arena, .diagnostic = diagnostic}};
    struct c_locale locale;
    if (!c_locale_enter(&locale))
        return diagnose_no_memory(diagnostic);
    enum snv2_status status = read_graph(&state);
    c_locale_leave(&locale);
    *graph = status == SNV2_OK ? state.graph : NULL;
    return status;
}
