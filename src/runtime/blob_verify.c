/* Checks the records of a blob: strings, tensors, runs, marks and metadata here; the commands in
 * verify_command.c. */
#include "base/checked.h"
#include "base/diagnostic.h"
#include "base/utf8.h"
#include "runtime/verify.h"

#include <inttypes.h>

bool tensor_extents(const struct snv2_blob_tensor *tensor, struct extents *extents) {
    if (tensor->rank != 4 && tensor->rank != 2)
        return false;
    const int64_t *dims = tensor->dims;
    *extents = (struct extents){(uint64_t)dims[0], (uint64_t)dims[1], 1, 1};
    if (tensor->rank == 4) {
        extents->height = (uint64_t)dims[2];
        extents->width = (uint64_t)dims[3];
    }
    return true;
}

static enum snv2_status verify_strings(const struct blob *blob,
                                       struct snv2_diagnostic *diagnostic) {
    const unsigned char *text = (const unsigned char *)blob->strings;
    uint64_t offset = blob->sections[SNV2_SECTION_STRINGS].offset, size = blob->strings_bytes;
    if (size == 0 || text[0] != '\0' || text[size - 1] != '\0')
        return diagnose_at(diagnostic, SNV2_BAD_MODEL, (int64_t)offset,
                           "the strings do not start with an empty one and end with a NUL");
    for (uint64_t i = 0; i < size;) {
        size_t length = utf8_length(text + i, (size_t)(size - i));
        if (length == 0)
            return diagnose_at(diagnostic, SNV2_BAD_MODEL, (int64_t)(offset + i),
                               "a string is not UTF-8");
        i += length;
    }
    return SNV2_OK;
}

/* Whether a string starts there. */
static bool is_string(const struct blob *blob, uint32_t offset) {
    return offset == 0 || (offset < blob->strings_bytes && blob->strings[offset - 1] == '\0');
}

/* The product of the dims, or false where they are not dims or their bytes fit no address. */
static bool elements_of(const struct snv2_blob_tensor *tensor, uint64_t *elements) {
    uint64_t bytes;
    *elements = 1;
    if (tensor->rank > SNV2_BLOB_MAX_RANK)
        return false;
    for (int axis = 0; axis < SNV2_BLOB_MAX_RANK; axis++) {
        int64_t dim = tensor->dims[axis];
        if (axis < tensor->rank ? dim <= 0 : dim != 0)
            return false;
        if (axis < tensor->rank && !checked_mul(*elements, (uint64_t)dim, elements))
            return false;
    }
    return checked_mul(*elements, sizeof(float), &bytes) && bytes <= PTRDIFF_MAX;
}

/* What is wrong with the storage of a feature map, or NULL. */
static const char *feature_map_fault(const struct snv2_blob_tensor *tensor) {
    if (tensor->rank != 4)
        return "a feature map has 4 dims";
    uint64_t channels = (uint64_t)tensor->dims[1], stride = tensor->pixel_stride, own, whole;
    uint64_t pixels = (uint64_t)tensor->dims[0] * (uint64_t)tensor->dims[2] *
                      (uint64_t)tensor->dims[3]; /* elements_of has multiplied them */
    if (!checked_align(channels, SNV2_BLOB_LANES, &own) || stride < own ||
        stride % SNV2_BLOB_LANES != 0)
        return "the pixel stride is not a multiple of 16 that holds the channels";
    if (!checked_mul(pixels, stride, &whole) || !checked_mul(whole, sizeof(float), &whole) ||
        whole > PTRDIFF_MAX)
        return "the size overflows";
    bool placed = stride > own;
    uint64_t needed = placed ? whole - (stride - channels) * sizeof(float) : whole;
    if (tensor->bytes != needed)
        return "its bytes are not those of its dims";
    if (tensor->offset % (placed ? sizeof(float) : SNV2_BLOB_ALIGNMENT) != 0)
        return "its offset is not aligned";
    return NULL;
}

static const char *row_major_fault(const struct snv2_blob_tensor *tensor, uint64_t elements) {
    bool numbered = tensor->place == SNV2_PLACE_INPUT || tensor->place == SNV2_PLACE_OUTPUT;
    if (tensor->pixel_stride != 0)
        return "a row-major tensor has no pixel stride";
    if (tensor->bytes != elements * sizeof(float))
        return "its bytes are not those of its dims";
    if (!numbered && tensor->offset % SNV2_BLOB_ALIGNMENT != 0)
        return "its offset is not aligned";
    return NULL;
}

/* What is wrong with a tensor, or NULL. */
static const char *tensor_fault(const struct blob *blob, const struct snv2_blob_tensor *tensor) {
    uint64_t elements, end;
    if (!is_string(blob, tensor->name))
        return "its name is outside the strings";
    if (tensor->dtype != 1)
        return "its data type is not float32 (1), the only one of this version";
    if (tensor->place > SNV2_PLACE_WEIGHTS || tensor->layout > SNV2_LAYOUT_ROW_MAJOR)
        return "unknown place or layout";
    if (!elements_of(tensor, &elements))
        return "its dims are not positive, are more than its rank, or too large";
    bool row_major = tensor->layout == SNV2_LAYOUT_ROW_MAJOR;
    const char *fault = row_major ? row_major_fault(tensor, elements) : feature_map_fault(tensor);
    if (fault)
        return fault;
    if (tensor->place == SNV2_PLACE_INPUT || tensor->place == SNV2_PLACE_OUTPUT)
        return row_major ? NULL : "a graph input or output is row-major";
    uint64_t room = tensor->place == SNV2_PLACE_ARENA ? blob->arena_bytes : blob->weights_bytes;
    if (!checked_add(tensor->offset, tensor->bytes, &end) || end > room)
        return tensor->place == SNV2_PLACE_ARENA ? "it reaches past the arena"
                                                 : "it reaches past the weights";
    return NULL;
}

/* Makes the list of the tensors of a place by their numbers, each of which stands there once. */
static enum snv2_status number_tensors(const struct blob *blob, enum snv2_blob_place place,
                                       struct arena *arena, const uint32_t **numbered,
                                       uint32_t *count, struct snv2_diagnostic *diagnostic) {
    *count = 0;
    for (uint32_t i = 0; i < blob->tensor_count; i++)
        *count += blob->tensors[i].place == place;
    uint32_t *list = arena_alloc(arena, *count, sizeof *list);
    if (!list)
        return diagnose_no_memory(diagnostic);
    for (uint32_t i = 0; i < *count; i++)
        list[i] = UINT32_MAX;
    for (uint32_t i = 0; i < blob->tensor_count; i++) {
        const struct snv2_blob_tensor *tensor = &blob->tensors[i];
        if (tensor->place != place)
            continue;
        if (tensor->offset >= *count || list[tensor->offset] != UINT32_MAX)
            return bad_record(
                blob, SNV2_SECTION_TENSORS, i, diagnostic,
                "graph %s number %" PRIu64 " is not one of 0 to %" PRIu32 ", each once",
                place == SNV2_PLACE_INPUT ? "input" : "output", tensor->offset, *count - 1);
        list[tensor->offset] = i;
    }
    *numbered = list;
    return SNV2_OK;
}

static enum snv2_status verify_tensors(struct blob *blob, struct arena *arena,
                                       struct snv2_diagnostic *diagnostic) {
    uint64_t end = 0, arena_bytes = 0;
    for (uint32_t i = 0; i < blob->tensor_count; i++) {
        const struct snv2_blob_tensor *tensor = &blob->tensors[i];
        const char *fault = tensor_fault(blob, tensor);
        if (fault)
            return bad_record(blob, SNV2_SECTION_TENSORS, i, diagnostic, "%s", fault);
        if (tensor->place == SNV2_PLACE_ARENA && tensor->offset + tensor->bytes > end)
            end = tensor->offset + tensor->bytes;
    }
    if (!checked_align(end, SNV2_BLOB_ALIGNMENT, &arena_bytes) ||
        arena_bytes != blob->arena_bytes || arena_bytes > PTRDIFF_MAX)
        return diagnose_at(diagnostic, SNV2_BAD_MODEL,
                           offsetof(struct snv2_blob_header, arena_bytes),
                           "an arena of %" PRIu64 " bytes, and the tensors need %" PRIu64,
                           blob->arena_bytes, arena_bytes);
    enum snv2_status status = number_tensors(blob, SNV2_PLACE_INPUT, arena, &blob->inputs,
                                             &blob->input_count, diagnostic);
    if (status != SNV2_OK)
        return status;
    return number_tensors(blob, SNV2_PLACE_OUTPUT, arena, &blob->outputs, &blob->output_count,
                          diagnostic);
}

static const char *run_fault(const struct blob *blob, const struct snv2_blob_run *run) {
    if (run->tensor >= blob->tensor_count)
        return "there is no such tensor";
    const struct snv2_blob_tensor *tensor = &blob->tensors[run->tensor];
    if (tensor->place == SNV2_PLACE_OUTPUT)
        return "a graph output cannot be read";
    if (tensor->layout == SNV2_LAYOUT_ROW_MAJOR)
        return run->first == 0 && run->count == 1 && run->step == 1
                   ? NULL
                   : "a row-major tensor is read whole: first 0, count 1, step 1";
    if (run->count == 0 || run->step == 0)
        return "its count or step is 0";
    /* No overflow: the magnitudes are below 2^32 and 2^31. */
    int64_t last = (int64_t)run->first + ((int64_t)run->count - 1) * run->step;
    if (run->first >= tensor->dims[1] || last < 0 || last >= tensor->dims[1])
        return "it reaches past the tensor's channels";
    return NULL;
}

static enum snv2_status verify_runs(const struct blob *blob, struct snv2_diagnostic *diagnostic) {
    for (uint32_t i = 0; i < blob->run_count; i++) {
        const char *fault = run_fault(blob, &blob->runs[i]);
        if (fault)
            return bad_record(blob, SNV2_SECTION_RUNS, i, diagnostic, "%s", fault);
    }
    return SNV2_OK;
}

static enum snv2_status verify_commands(const struct blob *blob,
                                        struct snv2_diagnostic *diagnostic) {
    uint64_t runs = 0;
    if (blob->command_count > SNV2_BLOB_MAX_COMMANDS)
        return bad_record(blob, SNV2_SECTION_COMMANDS, SNV2_BLOB_MAX_COMMANDS, diagnostic,
                          "a model has at most %d commands", SNV2_BLOB_MAX_COMMANDS);
    for (uint32_t i = 0; i < blob->command_count; i++) {
        const struct snv2_blob_command *command = &blob->commands[i];
        if (!is_string(blob, command->name))
            return bad_record(blob, SNV2_SECTION_COMMANDS, i, diagnostic,
                              "its name is outside the strings");
        for (int k = 0; k < SNV2_BLOB_MAX_OPERANDS; k++)
            runs += command->operands[k].run_count;
        if (runs > SNV2_BLOB_MAX_RUNS)
            return bad_record(blob, SNV2_SECTION_COMMANDS, i, diagnostic,
                              "the operands have more than %d runs", SNV2_BLOB_MAX_RUNS);
        enum snv2_status status = verify_command(blob, i, diagnostic);
        if (status != SNV2_OK)
            return status;
    }
    return SNV2_OK;
}

static enum snv2_status verify_marks(const struct blob *blob, struct snv2_diagnostic *diagnostic) {
    uint64_t end = 0;
    for (uint32_t i = 0; i < blob->mark_count; i++) {
        const struct snv2_blob_mark *mark = &blob->marks[i];
        if (mark->kind < SNV2_MARK_UNIT || mark->kind > SNV2_MARK_TAIL || mark->reserved != 0)
            return bad_record(blob, SNV2_SECTION_MARKS, i, diagnostic,
                              "unknown kind, or a reserved field that is not zero");
        if (mark->first < end || mark->count == 0 ||
            (uint64_t)mark->first + mark->count > blob->command_count)
            return bad_record(blob, SNV2_SECTION_MARKS, i, diagnostic,
                              "its commands are none, not there, or in another mark");
        end = (uint64_t)mark->first + mark->count;
    }
    return SNV2_OK;
}

static enum snv2_status verify_metadata(const struct blob *blob,
                                        struct snv2_diagnostic *diagnostic) {
    for (uint32_t i = 0; i < blob->metadata_count; i++)
        if (!is_string(blob, blob->metadata[i].key) || !is_string(blob, blob->metadata[i].value))
            return bad_record(blob, SNV2_SECTION_METADATA, i, diagnostic,
                              "a key or value is outside the strings");
    return SNV2_OK;
}

enum snv2_status blob_verify(struct blob *blob, struct arena *arena,
                             struct snv2_diagnostic *diagnostic) {
    enum snv2_status status = verify_strings(blob, diagnostic);
    if (status == SNV2_OK)
        status = verify_tensors(blob, arena, diagnostic);
    if (status == SNV2_OK)
        status = verify_runs(blob, diagnostic);
    if (status == SNV2_OK)
        status = verify_commands(blob, diagnostic);
    if (status == SNV2_OK)
        status = verify_marks(blob, diagnostic);
    if (status == SNV2_OK)
        status = verify_metadata(blob, diagnostic);
    return status;
}
