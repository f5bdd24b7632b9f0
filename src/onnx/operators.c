/* Opset versions, and the list of operators that cannot be imported. */
#include "onnx/import.h"

#include <stdio.h>
#include <string.h>

enum { SHOWN_NODES = 3 };

/* The nodes of one unsupported operator. */
struct unsupported {
    struct unsupported *next;
    const char *op;                 /* with its domain */
    const char *nodes[SHOWN_NODES]; /* the first ones */
    int32_t count;
};

static enum snv2_status check_version(struct importer *importer, const char *owner,
                                      const Onnx__OperatorSetIdProto *import) {
    if (!import->has_version || import->version < 1 || import->version > INT32_MAX)
        return diagnose(importer->diagnostic, SNV2_BAD_MODEL,
                        "%s imports version %lld of the operators of domain '%s'",
                        shown(owner).text, (long long)import->version,
                        shown(proto_text(import->domain)).text);
    return SNV2_OK;
}

enum snv2_status find_opset(struct importer *importer, Onnx__OperatorSetIdProto *const *imports,
                            size_t count, const char *owner, int64_t *opset) {
    struct name_table domains;
    name_table_init(&domains, importer->scratch);
    for (size_t i = 0; i < count; i++) {
        const char *domain = default_domain(proto_text(imports[i]->domain));
        bool is_new;
        enum snv2_status status = check_version(importer, owner, imports[i]);
        if (status)
            return status;
        if (!name_table_add(&domains, domain, &is_new))
            return diagnose_no_memory(importer->diagnostic);
        if (!is_new)
            return diagnose(importer->diagnostic, SNV2_BAD_MODEL,
                            "%s imports the operators of domain '%s' twice", shown(owner).text,
                            shown(domain).text);
        if (*domain == '\0')
            *opset = imports[i]->version;
    }
    if (*opset != 0 && (*opset < OPSET_MIN || *opset > OPSET_MAX))
        return diagnose(importer->diagnostic, SNV2_UNSUPPORTED,
                        "%s uses opset %lld; supported are %d to %d: convert it to one of them",
                        shown(owner).text, (long long)*opset, OPSET_MIN, OPSET_MAX);
    return SNV2_OK;
}

static enum snv2_status note_unsupported(struct importer *importer, struct name_table *operators,
                                         struct unsupported ***end, const Onnx__NodeProto *node) {
    const char *domain = default_domain(proto_text(node->domain)), *op = proto_text(node->op_type);
    bool is_new;
    if (*domain)
        op = arena_printf(importer->scratch, "%s.%s", domain, op);
    struct name_entry *entry = op ? name_table_add(operators, op, &is_new) : NULL;
    if (entry && is_new)
        entry->value = arena_alloc(importer->scratch, 1, sizeof(struct unsupported));
    if (!entry || !entry->value)
        return diagnose_no_memory(importer->diagnostic);
    struct unsupported *unsupported = entry->value;
    if (is_new) {
        unsupported->op = op;
        **end = unsupported;
        *end = &unsupported->next;
    }
    if (unsupported->count < SHOWN_NODES)
        unsupported->nodes[unsupported->count] = node_label(node);
    unsupported->count++;
    return SNV2_OK;
}

/* "Softmax ('prob'), LRN ('norm1', 'norm2', 'norm3' and 4 more)", cut where a message is full. */
static void list_unsupported(const struct unsupported *first, char *text, size_t size) {
    size_t used = 0, room = size - 512;
    int32_t left = 0;
    for (const struct unsupported *u = first; u; u = u->next) {
        if (used > room) {
            left++;
            continue;
        }
        used += (size_t)snprintf(text + used, size - used, "%s%s (", u == first ? "" : ", ",
                                 shown(u->op).text);
        int32_t named = u->count < SHOWN_NODES ? u->count : SHOWN_NODES;
        for (int32_t i = 0; i < named; i++)
            used += (size_t)snprintf(text + used, size - used, "%s'%s'", i ? ", " : "",
                                     shown(u->nodes[i]).text);
        if (u->count > named)
            used += (size_t)snprintf(text + used, size - used, " and %d more", u->count - named);
        used += (size_t)snprintf(text + used, size - used, ")");
    }
    if (left)
        snprintf(text + used, size - used, ", and %d more operators", left);
}

bool is_supported(const Onnx__NodeProto *node) {
    return *default_domain(proto_text(node->domain)) == '\0' &&
           importer_knows(proto_text(node->op_type));
}

enum snv2_status check_operators(struct importer *importer) {
    struct unsupported *first = NULL, **end = &first;
    struct name_table operators;
    bool has_reason = false;
    name_table_init(&operators, importer->scratch);
    for (int32_t i = 0; i < importer->node_count; i++) {
        const Onnx__NodeProto *node = importer->nodes[i].proto;
        if (is_supported(node))
            continue;
        enum snv2_status status = note_unsupported(importer, &operators, &end, node);
        if (status)
            return status;
        has_reason = has_reason || node == importer->unknown;
    }
    if (!first)
        return SNV2_OK;
    if (has_reason && !first->next) {
        if (importer->diagnostic)
            *importer->diagnostic = importer->reason;
        return importer->reason.status;
    }
    char list[sizeof importer->diagnostic->message - SUGGESTION_TEXT], cuts[SUGGESTION_TEXT];
    list_unsupported(first, list, sizeof list);
    suggest_cuts(importer, cuts, sizeof cuts);
    return diagnose(importer->diagnostic, SNV2_UNSUPPORTED, "unsupported operators: %s%s", list,
                    cuts);
}
