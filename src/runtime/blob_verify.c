/* Checks the records of a blob: strings, runs, marks, labels and metadata here; the tensors in
 * verify_tensor.c, the frames in verify_frame.c, the commands in verify_command.c. */
#include "base/blob_images.h"
#include "base/diagnostic.h"
#include "base/utf8.h"
#include "runtime/verify.h"

#include <inttypes.h>

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

bool is_string(const struct blob *blob, uint32_t offset) {
    return offset == 0 || (offset < blob->strings_bytes && blob->strings[offset - 1] == '\0');
}

static const char *run_fault(const struct blob *blob, const struct snv2_blob_run *run) {
    if (run->tensor >= blob->tensor_count)
        return "there is no such tensor";
    const struct snv2_blob_tensor *tensor = &blob->tensors[run->tensor];
    if (tensor->place == SNV2_PLACE_OUTPUT)
        return "a graph output cannot be read";
    if (tensor->rank < 2)
        return "its tensor has no channels";
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

/* The commands with the tensors of fewer images. Rules say that dims are equal, 1, or not above
 * others: what holds for all images, for one less and for one holds for any number between. */
static enum snv2_status verify_fewer_images(const struct blob *blob, struct arena *arena,
                                            struct snv2_diagnostic *diagnostic) {
    const uint32_t numbers[] = {blob->images - 1, 1};
    for (size_t i = 0; blob->images > 0 && i < sizeof numbers / sizeof *numbers; i++) {
        struct blob fewer;
        if (!blob_of_images(blob, numbers[i], arena, &fewer))
            return diagnose_no_memory(diagnostic);
        for (uint32_t c = 0; c < blob->command_count; c++) {
            enum snv2_status status = verify_command(&fewer, c, diagnostic);
            if (status != SNV2_OK)
                return bad_record(blob, SNV2_SECTION_COMMANDS, c, diagnostic,
                                  "it is wrong where there are fewer images");
        }
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

static enum snv2_status verify_labels(const struct blob *blob, struct snv2_diagnostic *diagnostic) {
    for (uint32_t i = 0; i < blob->label_count; i++) {
        const struct snv2_blob_label *label = &blob->labels[i];
        if (label->output >= blob->output_count || !is_string(blob, label->name))
            return bad_record(blob, SNV2_SECTION_LABELS, i, diagnostic,
                              "there is no such output, or the name is outside the strings");
        if (i > 0 && label->output < blob->labels[i - 1].output)
            return bad_record(blob, SNV2_SECTION_LABELS, i, diagnostic,
                              "the labels are not in the order of the outputs");
    }
    return SNV2_OK;
}

bool blob_of_images(const struct blob *blob, uint32_t images, struct arena *arena,
                    struct blob *shorter) {
    *shorter = *blob;
    if (blob->images == 0)
        return true;
    struct snv2_blob_tensor *tensors = arena_alloc(arena, blob->tensor_count, sizeof *tensors);
    for (uint32_t i = 0; tensors && i < blob->tensor_count; i++)
        tensors[i] = tensor_of_images(&blob->tensors[i], images);
    shorter->tensors = tensors;
    return tensors;
}

enum snv2_status blob_verify(struct blob *blob, struct arena *arena,
                             struct snv2_diagnostic *diagnostic) {
    enum snv2_status status = verify_strings(blob, diagnostic);
    if (status == SNV2_OK)
        status = verify_tensors(blob, arena, diagnostic);
    if (status == SNV2_OK)
        status = verify_frames(blob, arena, diagnostic);
    if (status == SNV2_OK)
        status = verify_runs(blob, diagnostic);
    if (status == SNV2_OK)
        status = verify_commands(blob, diagnostic);
    if (status == SNV2_OK)
        status = verify_fewer_images(blob, arena, diagnostic);
    if (status == SNV2_OK)
        status = verify_marks(blob, diagnostic);
    if (status == SNV2_OK)
        status = verify_metadata(blob, diagnostic);
    if (status == SNV2_OK)
        status = verify_labels(blob, diagnostic);
    return status;
}
