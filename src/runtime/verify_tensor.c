/* Checks the tensors of a blob: dims, strides, and that what they reach lies in their storage. */
#include "base/blob_images.h"
#include "base/checked.h"
#include "base/diagnostic.h"
#include "runtime/verify.h"

#include <inttypes.h>

bool tensor_map(const struct snv2_blob_tensor *tensor, struct map *map) {
    if (tensor->rank < 2 || tensor->rank > 4)
        return false;
    uint64_t dims[4] = {1, 1, 1, 1}, strides[4] = {0};
    for (int axis = 0; axis < tensor->rank; axis++) {
        dims[axis] = (uint64_t)tensor->dims[axis];
        strides[axis] = (uint64_t)tensor->strides[axis];
    }
    *map = (struct map){
        .images = dims[0],
        .channels = dims[1],
        .height = dims[2],
        .width = dims[3],
        .image_stride = strides[0],
        .channel_stride = strides[1],
        .pixel_stride = dims[3] == 1 ? strides[2] : strides[3],
    };
    /* No overflow: with two columns or more, the columns reach as far as half of this. */
    return dims[2] == 1 || dims[3] == 1 || strides[2] == dims[3] * strides[3];
}

static uint64_t element_bytes(const struct snv2_blob_tensor *tensor) {
    return holds_bytes(tensor) ? 1 : sizeof(float);
}

/* Elements from the first to behind the last; false where dims or strides are none, or too large.
 */
static bool extent_of(const struct snv2_blob_tensor *tensor, uint64_t *extent) {
    uint64_t elements = 1, bytes;
    *extent = 1;
    if (tensor->rank > SNV2_BLOB_MAX_RANK)
        return false;
    for (int axis = 0; axis < SNV2_BLOB_MAX_RANK; axis++) {
        int64_t dim = tensor->dims[axis], stride = tensor->strides[axis];
        uint64_t reach;
        if (axis >= tensor->rank) {
            if (dim != 0 || stride != 0)
                return false;
            continue;
        }
        if (dim <= 0 || stride < 0 || !checked_mul(elements, (uint64_t)dim, &elements) ||
            !checked_mul((uint64_t)dim - 1, (uint64_t)stride, &reach) ||
            !checked_add(*extent, reach, extent))
            return false;
    }
    return checked_mul(elements, sizeof(float), &bytes) && bytes <= PTRDIFF_MAX &&
           checked_mul(*extent, sizeof(float), &bytes) && bytes <= PTRDIFF_MAX;
}

/* Whether every stride that is not 0 is larger than what the smaller ones reach together, so that
 * each element stands in a place of its own (repeated along the axes of stride 0). */
static bool is_spread_out(const struct snv2_blob_tensor *tensor) {
    uint64_t reach = 0;
    bool done[SNV2_BLOB_MAX_RANK] = {false};
    for (;;) {
        int next = -1;
        for (int axis = 0; axis < tensor->rank; axis++)
            if (!done[axis] && tensor->dims[axis] > 1 && tensor->strides[axis] > 0 &&
                (next < 0 || tensor->strides[axis] < tensor->strides[next]))
                next = axis;
        if (next < 0)
            return true;
        if ((uint64_t)tensor->strides[next] <= reach)
            return false;
        reach += (uint64_t)(tensor->dims[next] - 1) * (uint64_t)tensor->strides[next];
        done[next] = true;
    }
}

/* Row-major, without gaps. */
static bool is_dense(const struct snv2_blob_tensor *tensor) {
    int64_t stride = 1;
    for (int axis = tensor->rank; axis-- > 0; stride *= tensor->dims[axis])
        if (tensor->strides[axis] != stride)
            return false;
    return true;
}

static const char *base_fault(const struct blob *blob, const struct snv2_blob_tensor *tensor,
                              uint64_t extent) {
    uint64_t end, size = element_bytes(tensor);
    if (tensor->bytes % size != 0 || tensor->bytes / size < extent)
        return "its bytes do not hold its dims";
    if (tensor->place == SNV2_PLACE_INPUT || tensor->place == SNV2_PLACE_OUTPUT)
        return is_dense(tensor) && tensor->bytes / size == extent
                   ? NULL
                   : "a graph input or output is dense and row-major";
    if (tensor->offset % SNV2_BLOB_ALIGNMENT != 0)
        return "its offset is not aligned";
    bool in_arena = tensor->place == SNV2_PLACE_ARENA;
    if (!checked_add(tensor->offset, tensor->bytes, &end) ||
        end > (in_arena ? blob->arena_bytes : blob->weights_bytes))
        return in_arena ? "it reaches past the arena" : "it reaches past the weights";
    return NULL;
}

static const char *view_fault(const struct snv2_blob_tensor *tensor,
                              const struct snv2_blob_tensor *owner, uint64_t extent) {
    uint64_t end;
    if (tensor->place != owner->place)
        return "it is in another place than its owner";
    if (tensor->dtype != owner->dtype)
        return "it is of another type than its owner";
    if (tensor->offset % element_bytes(tensor) != 0)
        return "its offset is not aligned";
    if (tensor->bytes != extent * element_bytes(tensor))
        return "its bytes are not those of its dims and strides";
    if (!checked_add(tensor->offset, tensor->bytes, &end) || end > owner->bytes)
        return "it reaches past its owner";
    return NULL;
}

/* What is wrong with tensor `index`, or NULL. */
static const char *tensor_fault(const struct blob *blob, uint32_t index) {
    const struct snv2_blob_tensor *tensor = &blob->tensors[index];
    uint64_t extent;
    if (!is_string(blob, tensor->name))
        return "its name is outside the strings";
    if (tensor->place > SNV2_PLACE_WEIGHTS)
        return "unknown place";
    if (tensor->dtype != 1 && !(holds_bytes(tensor) && tensor->place == SNV2_PLACE_INPUT))
        return "its data type is not float32 (1), nor, of a graph input, uint8 (2): there are no "
               "others in this version";
    if (tensor->reserved != 0)
        return "a reserved field is not zero";
    if (!extent_of(tensor, &extent))
        return "its dims are not positive, its strides negative, or there are more than its rank, "
               "or they are too large";
    if (!is_spread_out(tensor))
        return "its elements overlap";
    if (tensor->owner >= blob->tensor_count || blob->tensors[tensor->owner].owner != tensor->owner)
        return "its owner is not a base";
    return tensor->owner == index ? base_fault(blob, tensor, extent)
                                  : view_fault(tensor, &blob->tensors[tensor->owner], extent);
}

/* The number of images that the model is planned for, which those who hold them agree in. */
static enum snv2_status verify_images(struct blob *blob, struct snv2_diagnostic *diagnostic) {
    for (uint32_t i = 0; i < blob->tensor_count && blob->images == 0; i++)
        blob->images = blob->tensors[i].images;
    for (uint32_t i = 0; i < blob->tensor_count && blob->images > 0; i++) {
        const struct snv2_blob_tensor *tensor = &blob->tensors[i];
        const char *fault = images_fault(tensor, &blob->tensors[tensor->owner], blob->images);
        if (fault)
            return bad_record(blob, SNV2_SECTION_TENSORS, i, diagnostic, "%s", fault);
    }
    return SNV2_OK;
}

/* Makes the list of the bases of a place by their numbers, each of which stands there once. */
static enum snv2_status number_tensors(const struct blob *blob, enum snv2_blob_place place,
                                       struct arena *arena, const uint32_t **numbered,
                                       uint32_t *count, struct snv2_diagnostic *diagnostic) {
    *count = 0;
    for (uint32_t i = 0; i < blob->tensor_count; i++)
        *count += blob->tensors[i].place == place && blob->tensors[i].owner == i;
    uint32_t *list = arena_alloc(arena, *count, sizeof *list);
    if (!list)
        return diagnose_no_memory(diagnostic);
    for (uint32_t i = 0; i < *count; i++)
        list[i] = UINT32_MAX;
    for (uint32_t i = 0; i < blob->tensor_count; i++) {
        const struct snv2_blob_tensor *tensor = &blob->tensors[i];
        if (tensor->place != place || tensor->owner != i)
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

enum snv2_status verify_tensors(struct blob *blob, struct arena *arena,
                                struct snv2_diagnostic *diagnostic) {
    uint64_t end = 0, arena_bytes = 0;
    for (uint32_t i = 0; i < blob->tensor_count; i++) {
        const struct snv2_blob_tensor *tensor = &blob->tensors[i];
        const char *fault = tensor_fault(blob, i);
        if (fault)
            return bad_record(blob, SNV2_SECTION_TENSORS, i, diagnostic, "%s", fault);
        if (tensor->place == SNV2_PLACE_ARENA && tensor->owner == i &&
            tensor->offset + tensor->bytes > end)
            end = tensor->offset + tensor->bytes;
    }
    if (!checked_align(end, SNV2_BLOB_ALIGNMENT, &arena_bytes) ||
        arena_bytes != blob->arena_bytes || arena_bytes > PTRDIFF_MAX)
        return diagnose_at(diagnostic, SNV2_BAD_MODEL,
                           offsetof(struct snv2_blob_header, arena_bytes),
                           "an arena of %" PRIu64 " bytes, and the tensors need %" PRIu64,
                           blob->arena_bytes, arena_bytes);
    enum snv2_status status = verify_images(blob, diagnostic);
    if (status == SNV2_OK)
        status = number_tensors(blob, SNV2_PLACE_INPUT, arena, &blob->inputs, &blob->input_count,
                                diagnostic);
    if (status == SNV2_OK)
        status = number_tensors(blob, SNV2_PLACE_OUTPUT, arena, &blob->outputs, &blob->output_count,
                                diagnostic);
    return status;
}
