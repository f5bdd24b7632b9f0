/* Checks the use of the arena in the order of the commands: what is read has been written, and its
 * memory has not been given to another tensor in between; nothing that a command, or a marked range
 * of commands, touches is given away within it.
 *
 * The arena is seen as disjoint frames: memory whose pixels have one stride. A frame holds pieces,
 * the tensors that were written there, side by side in the channels of a pixel: one, or several
 * that are placed in a larger tensor. Memory of another geometry that is written there ends the
 * frame. */
#include "base/diagnostic.h"
#include "runtime/blob.h"

#include <inttypes.h>
#include <string.h>

enum { MAX_PIECES = 256 };

struct piece {
    uint32_t tensor;
    uint32_t epoch; /* the last one that touched it */
    int64_t first,
        end; /* channels, counted from the arena's start as elements of the first pixel */
};

struct frame {
    uint64_t begin, end; /* bytes of the arena */
    uint64_t stride, pixels;
    uint32_t piece_count, piece_capacity;
    struct piece *pieces; /* piece_count >= 1 */
};

struct check {
    const struct blob *blob;
    struct arena *scratch;
    struct frame **frames; /* by begin, disjoint */
    uint32_t frame_count;
    bool *is_output, *is_written; /* by tensor: of some command; of one before this */
    uint32_t *last_reader;        /* by tensor: number of the last command that reads it, plus 1 */
    uint32_t epoch;               /* of the command, or of the marked range it is in */
    uint32_t command;
    struct snv2_diagnostic *diagnostic;
};

/* The frame that a tensor would have for itself, with the tensor as its one piece. */
static struct frame own_frame(const struct blob *blob, uint32_t index, struct piece *piece) {
    const struct snv2_blob_tensor *tensor = &blob->tensors[index];
    struct frame frame = {.begin = tensor->offset,
                          .end = tensor->offset + tensor->bytes,
                          .stride = tensor->bytes / sizeof(float),
                          .pixels = 1,
                          .piece_count = 1,
                          .pieces = piece};
    uint64_t channels = frame.stride;
    if (tensor->layout == SNV2_LAYOUT_FEATURE_MAP) {
        frame.stride = tensor->pixel_stride;
        frame.pixels =
            (uint64_t)tensor->dims[0] * (uint64_t)tensor->dims[2] * (uint64_t)tensor->dims[3];
        channels = (uint64_t)tensor->dims[1];
    }
    int64_t first = (int64_t)(tensor->offset / sizeof(float));
    *piece = (struct piece){.tensor = index, .first = first, .end = first + (int64_t)channels};
    return frame;
}

/* Whether a piece lies in the pixels of the frame, as its pieces do. */
static bool is_part(const struct frame *frame, const struct frame *own) {
    if (frame->stride != own->stride || frame->pixels != own->pixels)
        return false;
    int64_t first = own->pieces->first, end = own->pieces->end;
    for (uint32_t i = 0; i < frame->piece_count; i++) {
        first = frame->pieces[i].first < first ? frame->pieces[i].first : first;
        end = frame->pieces[i].end > end ? frame->pieces[i].end : end;
    }
    return (uint64_t)(end - first) <= frame->stride;
}

static bool pieces_overlap(const struct piece *a, const struct piece *b) {
    return a->first < b->end && b->first < a->end;
}

/* Number of the first frame that ends behind `offset`. */
static uint32_t first_frame(const struct check *check, uint64_t offset) {
    uint32_t low = 0, high = check->frame_count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (check->frames[middle]->end > offset)
            high = middle;
        else
            low = middle + 1;
    }
    return low;
}

/* A command's fault, with the tensor it concerns. */
static enum snv2_status bad_use(const struct check *check, uint32_t tensor, const char *fault) {
    return bad_record(check->blob, SNV2_SECTION_COMMANDS, check->command, check->diagnostic,
                      "tensor %" PRIu32 " %s", tensor, fault);
}

static bool add_piece(struct check *check, struct frame *frame, const struct piece *piece) {
    if (frame->piece_count == frame->piece_capacity) {
        uint32_t capacity = frame->piece_capacity ? 2 * frame->piece_capacity : 1;
        struct piece *pieces = arena_alloc(check->scratch, capacity, sizeof *pieces);
        if (!pieces)
            return false;
        if (frame->piece_count > 0)
            memcpy(pieces, frame->pieces, frame->piece_count * sizeof *pieces);
        frame->pieces = pieces;
        frame->piece_capacity = capacity;
    }
    frame->pieces[frame->piece_count++] = *piece;
    return true;
}

/* Drops the pieces of a frame that the new one overwrites: all, where it is no part of the frame.
 * False where one of them is in use. */
static bool drop_pieces(const struct check *check, struct frame *frame, bool is_home,
                        const struct piece *piece) {
    uint32_t left = 0;
    for (uint32_t i = 0; i < frame->piece_count; i++) {
        if (is_home && !pieces_overlap(&frame->pieces[i], piece))
            frame->pieces[left++] = frame->pieces[i];
        else if (frame->pieces[i].epoch == check->epoch)
            return false;
    }
    frame->piece_count = left;
    return true;
}

/* Puts one frame in the place of frames [first, end). */
static void replace_frames(struct check *check, uint32_t first, uint32_t end, struct frame *frame) {
    memmove(check->frames + first + 1, check->frames + end,
            (check->frame_count - end) * sizeof *check->frames);
    check->frames[first] = frame;
    check->frame_count = check->frame_count - (end - first) + 1;
}

static enum snv2_status write_arena(struct check *check, uint32_t index) {
    struct piece piece;
    struct frame own = own_frame(check->blob, index, &piece), *home = NULL;
    piece.epoch = check->epoch;
    uint32_t first = first_frame(check, own.begin), end = first;
    for (; end < check->frame_count && check->frames[end]->begin < own.end; end++) {
        struct frame *frame = check->frames[end];
        bool is_home = !home && is_part(frame, &own);
        if (!drop_pieces(check, frame, is_home, &piece))
            return bad_use(check, index, "takes memory that is in use");
        if (frame->piece_count > 0 && is_home)
            home = frame;
    }
    if (!home) {
        home = arena_alloc(check->scratch, 1, sizeof *home);
        if (!home)
            return diagnose_no_memory(check->diagnostic);
        *home = own;
        home->pieces = NULL;
        home->piece_count = 0;
    }
    home->begin = own.begin < home->begin ? own.begin : home->begin;
    home->end = own.end > home->end ? own.end : home->end;
    replace_frames(check, first, end, home);
    if (home->piece_count == MAX_PIECES)
        return bad_use(check, index, "is placed beside too many others");
    return add_piece(check, home, &piece) ? SNV2_OK : diagnose_no_memory(check->diagnostic);
}

static enum snv2_status write_tensor(struct check *check, uint32_t index) {
    if (check->is_written[index])
        return bad_use(check, index, "is written twice");
    check->is_written[index] = true;
    return check->blob->tensors[index].place == SNV2_PLACE_ARENA ? write_arena(check, index)
                                                                 : SNV2_OK;
}

/* A tensor that no command writes is read where others, placed in it, fill it. */
static uint64_t channels_filled(const struct check *check, struct frame *frame,
                                const struct frame *own) {
    uint64_t filled = 0;
    if (!is_part(frame, own))
        return 0;
    for (uint32_t i = 0; i < frame->piece_count; i++) {
        struct piece *piece = &frame->pieces[i];
        if (!pieces_overlap(piece, own->pieces))
            continue;
        int64_t first = piece->first > own->pieces->first ? piece->first : own->pieces->first;
        int64_t end = piece->end < own->pieces->end ? piece->end : own->pieces->end;
        filled += (uint64_t)(end - first);
        piece->epoch = check->epoch;
    }
    return filled;
}

static struct piece *find_piece(struct frame *frame, uint32_t tensor) {
    for (uint32_t i = 0; i < frame->piece_count; i++)
        if (frame->pieces[i].tensor == tensor)
            return &frame->pieces[i];
    return NULL;
}

static enum snv2_status read_tensor(struct check *check, uint32_t index) {
    const struct snv2_blob_tensor *tensor = &check->blob->tensors[index];
    if (tensor->place != SNV2_PLACE_ARENA || check->last_reader[index] == check->command + 1)
        return SNV2_OK;
    check->last_reader[index] = check->command + 1;
    uint32_t at = first_frame(check, tensor->offset);
    struct frame *frame = at < check->frame_count ? check->frames[at] : NULL;
    if (check->is_output[index]) {
        struct piece *piece = frame ? find_piece(frame, index) : NULL;
        if (!piece)
            return bad_use(check, index,
                           check->is_written[index] ? "is read after its memory was given away"
                                                    : "is read before it is written");
        piece->epoch = check->epoch;
        return SNV2_OK;
    }
    struct piece whole;
    struct frame own = own_frame(check->blob, index, &whole);
    if (!frame || channels_filled(check, frame, &own) != (uint64_t)(whole.end - whole.first))
        return bad_use(check, index, "is read where not all of it is written");
    return SNV2_OK;
}

static enum snv2_status run_command(struct check *check) {
    const struct snv2_blob_command *command = &check->blob->commands[check->command];
    for (int k = 0; k < SNV2_BLOB_MAX_OPERANDS; k++) {
        const struct snv2_blob_operand *operand = &command->operands[k];
        for (uint32_t i = 0; i < operand->run_count; i++) {
            enum snv2_status status =
                read_tensor(check, check->blob->runs[operand->first_run + i].tensor);
            if (status != SNV2_OK)
                return status;
        }
    }
    return write_tensor(check, command->output);
}

static enum snv2_status verify_outputs(const struct check *check) {
    for (uint32_t i = 0; i < check->blob->output_count; i++)
        if (!check->is_written[check->blob->outputs[i]])
            return bad_record(check->blob, SNV2_SECTION_TENSORS, check->blob->outputs[i],
                              check->diagnostic, "no command writes this graph output");
    return SNV2_OK;
}

enum snv2_status blob_verify_arena(const struct blob *blob, struct arena *scratch,
                                   struct snv2_diagnostic *diagnostic) {
    struct check check = {
        .blob = blob,
        .scratch = scratch,
        .frames = arena_alloc(scratch, blob->command_count, sizeof *check.frames),
        .is_output = arena_alloc(scratch, blob->tensor_count, sizeof *check.is_output),
        .is_written = arena_alloc(scratch, blob->tensor_count, sizeof *check.is_written),
        .last_reader = arena_alloc(scratch, blob->tensor_count, sizeof *check.last_reader),
        .diagnostic = diagnostic,
    };
    if (!check.frames || !check.is_output || !check.is_written || !check.last_reader)
        return diagnose_no_memory(diagnostic);
    for (uint32_t i = 0; i < blob->command_count; i++)
        check.is_output[blob->commands[i].output] = true;
    uint32_t mark = 0;
    for (uint32_t i = 0; i < blob->command_count; i++) {
        while (mark < blob->mark_count && blob->marks[mark].first + blob->marks[mark].count <= i)
            mark++;
        bool marked = mark < blob->mark_count && blob->marks[mark].first <= i;
        check.command = i;
        check.epoch = (marked ? blob->marks[mark].first : i) + 1;
        enum snv2_status status = run_command(&check);
        if (status != SNV2_OK)
            return status;
    }
    return verify_outputs(&check);
}
