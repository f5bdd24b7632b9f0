/* Checks the frames of a blob against the tensors of bytes. */
#include "base/diagnostic.h"
#include "runtime/verify.h"

#include <math.h>

static const uint8_t pixel_bytes[] = {
#define PIXELS(name, number, bytes, text) [number] = bytes,
#include "snv2/pixels.def"
#undef PIXELS
};

static const char *numbers_fault(const struct snv2_blob_frame *frame) {
    for (int c = 0; c < SNV2_MOST_PIXEL_BYTES; c++) {
        bool used = c < pixel_bytes[frame->pixels];
        if (used && (!isfinite(frame->scale[c]) || !isfinite(frame->shift[c])))
            return "a scale or shift is not finite";
        if (!used && (frame->scale[c] != 0 || frame->shift[c] != 0))
            return "a scale or shift of no channel is not zero";
    }
    return NULL;
}

/* What is wrong with frame `index`, or NULL. */
static const char *frame_fault(const struct blob *blob, uint32_t index) {
    const struct snv2_blob_frame *frame = &blob->frames[index];
    if (frame->input >= blob->input_count ||
        (index > 0 && frame->input <= blob->frames[index - 1].input))
        return "there is no such graph input, or the frames are not in their order";
    if (frame->layout > SNV2_LAYOUT_NCHW || frame->reserved != 0 ||
        frame->pixels >= sizeof pixel_bytes / sizeof *pixel_bytes)
        return "unknown layout or pixels, or a reserved field that is not zero";
    const struct snv2_blob_tensor *tensor = &blob->tensors[blob->inputs[frame->input]];
    if (!holds_bytes(tensor) || tensor->rank != 4)
        return "its graph input is not of bytes in four dims";
    if (tensor->dims[frame->layout == SNV2_LAYOUT_NHWC ? 3 : 1] != pixel_bytes[frame->pixels])
        return "its graph input has other channels than its pixels";
    return numbers_fault(frame);
}

/* A view of a frame is the whole of it as [N,C,H,W]. */
static bool is_whole_frame(const struct snv2_blob_tensor *view, const struct snv2_blob_tensor *base,
                           enum snv2_layout layout) {
    static const int axes[][4] = {
        [SNV2_LAYOUT_NHWC] = {0, 3, 1, 2},
        [SNV2_LAYOUT_NCHW] = {0, 1, 2, 3},
    };
    if (view->rank != 4 || view->offset != 0)
        return false;
    for (int axis = 0; axis < 4; axis++) {
        int from = axes[layout][axis];
        if (view->dims[axis] != base->dims[from] || view->strides[axis] != base->strides[from])
            return false;
    }
    return true;
}

static const char *tensor_fault(const struct blob *blob, uint32_t index) {
    const struct snv2_blob_tensor *tensor = &blob->tensors[index];
    const struct snv2_blob_tensor *base = &blob->tensors[tensor->owner];
    if (!holds_bytes(base))
        return NULL;
    const struct snv2_blob_frame *frame = blob->input_frames[base->offset];
    if (!frame)
        return "a graph input of bytes has no frame";
    if (tensor->owner != index && !is_whole_frame(tensor, base, frame->layout))
        return "a view of bytes is not all of them as [N,C,H,W]";
    return NULL;
}

enum snv2_status verify_frames(struct blob *blob, struct arena *arena,
                               struct snv2_diagnostic *diagnostic) {
    blob->input_frames = arena_alloc(arena, blob->input_count, sizeof *blob->input_frames);
    if (!blob->input_frames)
        return diagnose_no_memory(diagnostic);
    for (uint32_t i = 0; i < blob->frame_count; i++) {
        const char *fault = frame_fault(blob, i);
        if (fault)
            return bad_record(blob, SNV2_SECTION_FRAMES, i, diagnostic, "%s", fault);
        blob->input_frames[blob->frames[i].input] = &blob->frames[i];
    }
    for (uint32_t i = 0; i < blob->tensor_count; i++) {
        const char *fault = tensor_fault(blob, i);
        if (fault)
            return bad_record(blob, SNV2_SECTION_TENSORS, i, diagnostic, "%s", fault);
    }
    return SNV2_OK;
}
