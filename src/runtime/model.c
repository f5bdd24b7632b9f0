/* Opening a model and asking what it is. */
#include "runtime/model.h"

#include "base/diagnostic.h"
#include "base/memory.h"
#include "runtime/frames.h"

#include <string.h>

/* What the caller sees of the tensors of a list. NULL when out of memory. */
static struct snv2_tensor_info *describe_tensors(struct snv2_model *model, const uint32_t *list,
                                                 uint32_t count) {
    const struct blob *blob = &model->blob;
    struct snv2_tensor_info *infos = arena_alloc(&model->arena, count, sizeof *infos);
    for (uint32_t i = 0; infos && i < count; i++) {
        const struct snv2_blob_tensor *tensor = &blob->tensors[list[i]];
        infos[i] = (struct snv2_tensor_info){
            .name = blob->strings + tensor->name,
            .dtype = tensor->dtype,
            .rank = tensor->rank,
            .bytes = (size_t)tensor->bytes,
            .image_bytes = (size_t)(tensor->images ? tensor->bytes / tensor->images : 0),
        };
        memcpy(infos[i].dims, tensor->dims, sizeof infos[i].dims);
    }
    return infos;
}

static enum snv2_status load(struct snv2_model *model, const void *bytes, size_t size,
                             struct snv2_diagnostic *diagnostic) {
    struct blob *blob = &model->blob;
    struct arena scratch;
    enum snv2_status status = blob_read(bytes, size, &model->arena, blob, diagnostic);
    if (status == SNV2_OK)
        status = blob_verify(blob, &model->arena, diagnostic);
    if (status != SNV2_OK)
        return status;
    arena_init_from(&scratch, model->allocator);
    status = blob_verify_arena(blob, &scratch, diagnostic);
    arena_free(&scratch);
    if (status != SNV2_OK)
        return status;
    model->inputs = describe_tensors(model, blob->inputs, blob->input_count);
    model->outputs = describe_tensors(model, blob->outputs, blob->output_count);
    model->frames = describe_frames(blob, &model->arena);
    return model->inputs && model->outputs && model->frames ? SNV2_OK
                                                            : diagnose_no_memory(diagnostic);
}

static struct snv2_model *new_model(const struct snv2_allocator *allocator) {
    const struct snv2_allocator *from = allocator ? allocator : &system_memory;
    struct snv2_model *model = memory_new(from, sizeof *model, _Alignof(struct snv2_model));
    if (!model)
        return NULL;
    *model = (struct snv2_model){.given = *from};
    model->allocator = allocator ? &model->given : from;
    arena_init_from(&model->arena, model->allocator);
    return model;
}

enum snv2_status snv2_open_memory_from(const void *bytes, size_t size,
                                       const struct snv2_allocator *allocator,
                                       struct snv2_model **model,
                                       struct snv2_diagnostic *diagnostic) {
    *model = NULL;
    if ((uintptr_t)bytes % SNV2_BLOB_ALIGNMENT != 0)
        return diagnose(diagnostic, SNV2_USAGE, "the model's memory is not aligned to %d bytes",
                        SNV2_BLOB_ALIGNMENT);
    struct snv2_model *made = new_model(allocator);
    if (!made)
        return diagnose_no_memory(diagnostic);
    enum snv2_status status = load(made, bytes, size, diagnostic);
    if (status == SNV2_OK)
        *model = made;
    else
        snv2_close(made);
    return status;
}

enum snv2_status snv2_open_from(const char *path, const struct snv2_allocator *allocator,
                                struct snv2_model **model, struct snv2_diagnostic *diagnostic) {
    *model = NULL;
    struct snv2_model *made = new_model(allocator);
    if (!made)
        return diagnose_no_memory(diagnostic);
    enum snv2_status status = take_file(path, made->allocator, &made->file, diagnostic);
    if (status == SNV2_OK)
        status = load(made, made->file.bytes, made->file.size, diagnostic);
    if (status == SNV2_OK) {
        *model = made;
    } else {
        diagnostic_set_file(diagnostic, path);
        snv2_close(made);
    }
    return status;
}

enum snv2_status snv2_open(const char *path, struct snv2_model **model,
                           struct snv2_diagnostic *diagnostic) {
    return snv2_open_from(path, NULL, model, diagnostic);
}

enum snv2_status snv2_open_memory(const void *bytes, size_t size, struct snv2_model **model,
                                  struct snv2_diagnostic *diagnostic) {
    return snv2_open_memory_from(bytes, size, NULL, model, diagnostic);
}

void snv2_close(struct snv2_model *model) {
    if (!model)
        return;
    const struct snv2_allocator allocator = *model->allocator;
    release_file(&model->file, model->allocator);
    arena_free(&model->arena);
    memory_free(&allocator, model, sizeof *model);
}

int snv2_input_count(const struct snv2_model *model) {
    return (int)model->blob.input_count;
}

int snv2_output_count(const struct snv2_model *model) {
    return (int)model->blob.output_count;
}

const struct snv2_tensor_info *snv2_input(const struct snv2_model *model, int number) {
    return number >= 0 && number < snv2_input_count(model) ? &model->inputs[number] : NULL;
}

const struct snv2_tensor_info *snv2_output(const struct snv2_model *model, int number) {
    return number >= 0 && number < snv2_output_count(model) ? &model->outputs[number] : NULL;
}

const struct snv2_frame_info *snv2_input_frame(const struct snv2_model *model, int number) {
    bool exists = number >= 0 && number < snv2_input_count(model);
    return exists && model->blob.input_frames[number] ? &model->frames[number] : NULL;
}

int snv2_images(const struct snv2_model *model) {
    return (int)model->blob.images;
}

/* The first label of an output, which are in order. */
static uint32_t first_label(const struct blob *blob, int64_t output) {
    uint32_t low = 0, high = blob->label_count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (blob->labels[middle].output < output)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

int64_t snv2_label_count(const struct snv2_model *model, int output) {
    const struct blob *blob = &model->blob;
    return (int64_t)first_label(blob, (int64_t)output + 1) - first_label(blob, output);
}

const char *snv2_label(const struct snv2_model *model, int output, int64_t number) {
    const struct blob *blob = &model->blob;
    if (number < 0 || number >= snv2_label_count(model, output))
        return NULL;
    return blob->strings + blob->labels[first_label(blob, output) + number].name;
}

const char *snv2_metadata(const struct snv2_model *model, const char *key) {
    const struct blob *blob = &model->blob;
    for (uint32_t i = 0; i < blob->metadata_count; i++)
        if (strcmp(blob->strings + blob->metadata[i].key, key) == 0)
            return blob->strings + blob->metadata[i].value;
    return NULL;
}

const char *snv2_version(void) {
    return PACKAGE_VERSION;
}
