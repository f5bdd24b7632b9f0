/* Reads the equations of Einsum (ONNX 12): terms of letters, each with at most one ellipsis, and a
 * result that stands behind "->" or is all dimensions of ellipses and the letters that stand once,
 * sorted. */
#include "ir/einsum.h"

#include "ir/operands.h"

#include <inttypes.h>
#include <string.h>

struct equation {
    const struct node *node;
    struct snv2_diagnostic *diagnostic;
    const char *at; /* what is not read yet */
    struct einsum *einsum;
    char names[EINSUM_LABELS]; /* by label: the letter, or the dimension of ellipses from the end */
};

static bool is_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static char next_character(struct equation *equation) {
    while (*equation->at == ' ')
        equation->at++;
    return *equation->at;
}

static bool accept(struct equation *equation, const char *token) {
    next_character(equation);
    size_t length = strlen(token);
    if (strncmp(equation->at, token, length) != 0)
        return false;
    equation->at += length;
    return true;
}

static enum snv2_status bad_equation(const struct equation *equation, const char *why) {
    return bad_model(equation->node, equation->diagnostic, "the equation '%s' %s",
                     shown(equation->node->attributes.Einsum.equation).text, why);
}

/* The letters of a term, with '\0' for its ellipsis; *count of them. */
static enum snv2_status read_letters(struct equation *equation, char letters[MAX_RANK + 1],
                                     int *count) {
    bool has_ellipsis = false;
    for (*count = 0;; ++*count) {
        bool is_ellipsis = accept(equation, "...");
        if (!is_ellipsis && !is_letter(*equation->at))
            return SNV2_OK;
        if (is_ellipsis && has_ellipsis)
            return bad_equation(equation, "has two ellipses in a term");
        if (*count == MAX_RANK + 1)
            return bad_equation(equation, "has a term of too many letters");
        has_ellipsis |= is_ellipsis;
        letters[*count] = '\0';
        if (!is_ellipsis)
            letters[*count] = *equation->at++;
    }
}

static int find_label(const struct equation *equation, char name) {
    int label = 0;
    while (label < equation->einsum->label_count && equation->names[label] != name)
        label++;
    return label;
}

/* One more dimension of an operand. Dimensions of ellipses broadcast, those of letters agree. */
static enum snv2_status add_dimension(struct equation *equation, int operand, char name) {
    struct einsum *einsum = equation->einsum;
    struct einsum_term *term = &einsum->terms[operand];
    int label = find_label(equation, name);
    int64_t size = equation->node->inputs[operand]->shape.dims[term->rank];
    if (label == einsum->label_count) {
        equation->names[label] = name;
        einsum->sizes[label] = size;
        einsum->label_count++;
    }
    int64_t *known = &einsum->sizes[label];
    if (!is_letter(name) && *known == 1)
        *known = size;
    if (*known != size && (is_letter(name) || size != 1))
        return bad_model(equation->node, equation->diagnostic,
                         "dimension %d of input %d is %" PRId64
                         ", and another of its label is %" PRId64,
                         term->rank, operand + 1, size, *known);
    term->labels[term->rank++] = label;
    return SNV2_OK;
}

static enum snv2_status read_operand(struct equation *equation, int operand) {
    char letters[MAX_RANK + 1];
    int count, rank = equation->node->inputs[operand]->shape.rank;
    enum snv2_status status = read_letters(equation, letters, &count);
    bool has_ellipsis = status == SNV2_OK && memchr(letters, '\0', (size_t)count);
    int hidden = rank - count + has_ellipsis;
    if (status == SNV2_OK && (hidden < 0 || (hidden > 0 && !has_ellipsis)))
        return bad_model(equation->node, equation->diagnostic,
                         "input %d has %d dimensions, and its term %d letters", operand + 1, rank,
                         count - has_ellipsis);
    for (int i = 0; i < count && status == SNV2_OK; i++) {
        if (letters[i])
            status = add_dimension(equation, operand, letters[i]);
        for (int d = hidden; !letters[i] && d > 0 && status == SNV2_OK; d--)
            status = add_dimension(equation, operand, (char)d);
    }
    return status;
}

int einsum_count(const struct einsum_term *term, int label) {
    int count = 0;
    for (int d = 0; d < term->rank; d++)
        count += term->labels[d] == label;
    return count;
}

/* One more dimension of the result. */
static enum snv2_status add_result(struct equation *equation, char name) {
    struct einsum_term *term = &equation->einsum->terms[EINSUM_OUTPUT];
    int label = find_label(equation, name);
    if (label == equation->einsum->label_count)
        return bad_equation(equation, "has a letter in its result that is in no operand");
    if (einsum_count(term, label) > 0)
        return bad_equation(equation, "has a letter twice in its result");
    if (term->rank == MAX_RANK)
        return unsupported(equation->node, equation->diagnostic,
                           "the result has more than %d dimensions", MAX_RANK);
    term->labels[term->rank++] = label;
    return SNV2_OK;
}

static enum snv2_status add_ellipsis(struct equation *equation) {
    enum snv2_status status = SNV2_OK;
    for (char d = MAX_RANK; d > 0 && status == SNV2_OK; d--)
        if (find_label(equation, d) < equation->einsum->label_count)
            status = add_result(equation, d);
    return status;
}

static enum snv2_status read_result(struct equation *equation) {
    const struct einsum *einsum = equation->einsum;
    char letters[MAX_RANK + 1];
    int count;
    enum snv2_status status = read_letters(equation, letters, &count);
    for (int i = 0; i < count && status == SNV2_OK; i++)
        status = letters[i] ? add_result(equation, letters[i]) : add_ellipsis(equation);
    for (int label = 0; label < einsum->label_count && status == SNV2_OK; label++)
        if (!is_letter(equation->names[label]) &&
            einsum_count(&einsum->terms[EINSUM_OUTPUT], label) == 0)
            status = unsupported(equation->node, equation->diagnostic,
                                 "the result leaves out the dimensions of an ellipsis");
    return status;
}

static enum snv2_status make_result(struct equation *equation) {
    const struct einsum *einsum = equation->einsum;
    enum snv2_status status = add_ellipsis(equation);
    for (char letter = 'A'; letter <= 'z' && status == SNV2_OK; letter++) {
        int label = find_label(equation, letter), count = 0;
        for (int operand = 0; operand < equation->node->input_count; operand++)
            count += einsum_count(&einsum->terms[operand], label);
        if (count == 1)
            status = add_result(equation, letter);
    }
    return status;
}

enum snv2_status read_einsum(const struct node *node, struct einsum *einsum,
                             struct snv2_diagnostic *diagnostic) {
    const char *text = node->attributes.Einsum.equation;
    struct equation equation = {node, diagnostic, text, einsum, {0}};
    *einsum = (struct einsum){0};
    if (!text)
        return bad_model(node, diagnostic, "has no equation");
    if (node->input_count > EINSUM_OPERANDS)
        return unsupported(node, diagnostic, "has %d operands; %d at most are supported",
                           node->input_count, EINSUM_OPERANDS);
    enum snv2_status status = SNV2_OK;
    for (int i = 0; i < node->input_count && status == SNV2_OK; i++)
        status = i > 0 && !accept(&equation, ",")
                     ? bad_equation(&equation, "has not as many terms as there are operands")
                     : read_operand(&equation, i);
    if (status == SNV2_OK)
        status = accept(&equation, "->") ? read_result(&equation) : make_result(&equation);
    if (status == SNV2_OK && next_character(&equation) != '\0')
        status = bad_equation(&equation, "has not as many terms as there are operands");
    if (status == SNV2_OK && einsum->label_count - einsum->terms[EINSUM_OUTPUT].rank > MAX_RANK)
        status = unsupported(node, diagnostic, "sums over more than %d dimensions", MAX_RANK);
    return status;
}
