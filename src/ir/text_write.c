/* The writer of the text form; see text.h for the grammar. */
#include "ir/text.h"

#include "base/c_locale.h"
#include "ir/text_tensor.h"

#include <inttypes.h>
#include <string.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

static void write_quoted(FILE *stream, const char *name) {
    fputc('"', stream);
    for (const unsigned char *s = (const unsigned char *)name; *s; s++)
        if (*s == '"' || *s == '\\')
            fprintf(stream, "\\%c", *s);
        else if (*s < 0x20 || *s >= 0x7f)
            fprintf(stream, "\\x%02x", *s);
        else
            fputc(*s, stream);
    fputc('"', stream);
}

static void write_name(FILE *stream, const char *name) {
    if (lex_is_bare_name(name))
        fputs(name, stream);
    else
        write_quoted(stream, name);
}

static void write_ints(FILE *stream, const struct ints *ints) {
    fputc('[', stream);
    for (int i = 0; i < ints->count; i++)
        fprintf(stream, "%s%" PRId64, i ? "," : "", ints->values[i]);
    fputc(']', stream);
}

static void write_runs(FILE *stream, const struct channel_runs *runs) {
    fputc('[', stream);
    for (int i = 0; i < runs->count; i++) {
        const struct channel_run *run = &runs->runs[i];
        fprintf(stream, "%s%d:%d+%d", i ? ", " : "", run->input, run->first, run->count);
        if (run->step != 1)
            fprintf(stream, "*%d", run->step);
    }
    fputc(']', stream);
}

static void write_attribute(FILE *stream, const union attributes *attributes,
                            const struct attribute_field *field) {
    const void *place = (const char *)attributes + field->offset;
    fprintf(stream, "%s=", field->name);
    switch (field->kind) {
    case ATTRIBUTE_INT:
        fprintf(stream, "%" PRId64, attribute_int(attributes, field));
        break;
    case ATTRIBUTE_FLOAT:
        text_write_float(stream, *(const float *)place);
        break;
    case ATTRIBUTE_INTS:
        write_ints(stream, place);
        break;
    case ATTRIBUTE_TENSOR: {
        const struct tensor *tensor = *(const struct tensor *const *)place;
        text_write_type(stream, tensor->dtype, &tensor->shape);
        text_write_elements(stream, tensor);
        break;
    }
    case ATTRIBUTE_TEXT:
        write_quoted(stream, *(const char *const *)place);
        break;
    case ATTRIBUTE_ENUM:
        fputs(field->members[attribute_int(attributes, field)], stream);
        break;
    case ATTRIBUTE_RUNS:
        write_runs(stream, place);
        break;
    }
}

static void write_attributes(FILE *stream, const struct node *node) {
    union attributes defaults;
    int count, written = 0;
    const struct attribute_field *fields = attribute_fields((int)node->op, &count);
    attributes_init((int)node->op, &defaults);
    for (int i = 0; i < count; i++) {
        if (attribute_is_same(&fields[i], &node->attributes, &defaults))
            continue;
        fputs(written++ ? ", " : " {", stream);
        write_attribute(stream, &node->attributes, &fields[i]);
    }
    if (written)
        fputc('}', stream);
}

static bool is_shown(const struct value *value, enum text_constants constants) {
    return constants == TEXT_CONSTANTS_FULL || shape_elements(&value->shape) <= WRITTEN_OUT;
}

static void write_constant(FILE *stream, const struct value *value, enum text_constants constants) {
    struct tensor tensor = value_tensor(value);
    fputs("const ", stream);
    write_name(stream, value->name);
    fputs(": ", stream);
    text_write_type(stream, value->dtype, &value->shape);
    fputs(" = ", stream);
    if (is_shown(value, constants)) {
        text_write_elements(stream, &tensor);
    } else {
        size_t bytes = (size_t)shape_elements(&value->shape) * dtype_bytes(value->dtype);
        fprintf(stream, "hash(%016" PRIx64 ")", (uint64_t)XXH3_64bits(value->data, bytes));
    }
    fputc('\n', stream);
}

/* A node's result, with its type and contents where they are known. */
static void write_result(FILE *stream, const struct value *value, enum text_constants constants) {
    write_name(stream, value->name);
    if (value->dtype == DTYPE_NONE || value->shape.rank == SHAPE_UNKNOWN)
        return;
    fputs(": ", stream);
    text_write_type(stream, value->dtype, &value->shape);
    if (value_is_constant(value) && is_shown(value, constants)) {
        struct tensor tensor = value_tensor(value);
        text_write_elements(stream, &tensor);
    }
}

static void write_node(FILE *stream, const struct node *node, enum text_constants constants) {
    for (int i = 0; i < node->output_count; i++) {
        fputs(i ? ", " : "", stream);
        write_result(stream, node->outputs[i], constants);
    }
    fprintf(stream, " = %s(", op_infos[node->op].name);
    for (int i = 0; i < node->input_count; i++) {
        fputs(i ? ", " : "", stream);
        if (node->inputs[i])
            write_name(stream, node->inputs[i]->name);
        else
            fputc('_', stream);
    }
    fputc(')', stream);
    write_attributes(stream, node);
    if (node->unit_kind != UNIT_NONE)
        fprintf(stream, " @%s %d", unit_kind_name(node->unit_kind), node->unit);
    if (strcmp(node->name, node->outputs[0]->name)) {
        fputs(" as ", stream);
        write_name(stream, node->name);
    }
    fputc('\n', stream);
}

static void write_line(FILE *stream, const char *keyword, const struct value *value) {
    fprintf(stream, "%s ", keyword);
    write_name(stream, value->name);
    if (!strcmp(keyword, "input")) {
        fputs(": ", stream);
        text_write_type(stream, value->dtype, &value->shape);
    }
    fputc('\n', stream);
}

/* Constants that nobody reads are left out. */
static void write_graph(FILE *stream, const struct graph *graph, const int32_t *uses,
                        enum text_constants constants) {
    fputs("graph ", stream);
    write_quoted(stream, graph->name);
    fputc('\n', stream);
    for (int32_t i = 0; i < graph->input_count; i++)
        write_line(stream, "input", graph->inputs[i]);
    for (int32_t i = 0; i < graph->value_count; i++)
        if (uses[i] && !graph->values[i]->producer && value_is_constant(graph->values[i]))
            write_constant(stream, graph->values[i], constants);
    for (const struct node *node = graph->first; node; node = node->next)
        write_node(stream, node, constants);
    for (int32_t i = 0; i < graph->output_count; i++)
        write_line(stream, "output", graph->outputs[i]);
}

enum snv2_status graph_write_text(const struct graph *graph, enum text_constants constants,
                                  FILE *stream, struct snv2_diagnostic *diagnostic) {
    struct c_locale locale;
    struct arena scratch;
    arena_init(&scratch, UINT64_MAX);
    const int32_t *uses = graph_count_uses(graph, &scratch);
    bool ready = uses && c_locale_enter(&locale);
    if (ready) {
        write_graph(stream, graph, uses, constants);
        c_locale_leave(&locale);
    }
    arena_free(&scratch);
    if (!ready)
        return diagnose_no_memory(diagnostic);
    if (fflush(stream) || ferror(stream))
        return diagnose(diagnostic, SNV2_IO, "writing the graph failed");
    return SNV2_OK;
}
