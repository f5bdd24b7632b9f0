/* Checks the use of storage in the order of the commands. A step is a marked range of commands, or
 * a single one outside of ranges.
 *
 * Memory: a base of the arena lives from the first step that uses it or a view of it to the last,
 * and no two that live at once overlap. The living are kept sorted by offset, so that a newcomer
 * can only collide with its neighbours.
 *
 * Contents: what is read has been written, and nothing is written twice. Where a base is used by
 * its views, that is kept element by element. */
#include "base/diagnostic.h"
#include "runtime/blob.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* Elements that are looked at one by one, of all views together: no sound model has more. */
static const uint64_t max_view_elements = UINT64_C(1) << 33;

struct base {
    uint32_t tensor, command; /* command: the first that uses it */
    uint32_t first, last;     /* steps; first UINT32_MAX: no command uses it */
    bool is_viewed;           /* some command uses a view of it */
    uint64_t *written;        /* then: a bit for each element */
};

struct check {
    const struct blob *blob;
    struct arena *scratch;
    struct base *bases; /* by tensor */
    bool *is_written;   /* by tensor: as a whole, by one command */
    uint64_t view_elements;
    uint32_t command;
    struct snv2_diagnostic *diagnostic;
};

/* A command's fault, with the tensor it concerns. */
static enum snv2_status bad_use(const struct check *check, uint32_t command, uint32_t tensor,
                                const char *fault) {
    return bad_record(check->blob, SNV2_SECTION_COMMANDS, command, check->diagnostic,
                      "tensor %" PRIu32 " %s", tensor, fault);
}

/* ---- memory ---- */

static void use_base(struct check *check, uint32_t tensor, uint32_t step) {
    struct base *base = &check->bases[check->blob->tensors[tensor].owner];
    if (base->first == UINT32_MAX) {
        base->first = step;
        base->command = check->command;
    }
    base->last = step;
    base->is_viewed |= tensor != base->tensor;
}

/* The lifetime of every base. */
static void find_lifetimes(struct check *check) {
    const struct blob *blob = check->blob;
    for (uint32_t i = 0; i < blob->tensor_count; i++)
        check->bases[i] = (struct base){.tensor = i, .first = UINT32_MAX};
    uint32_t mark = 0, step = 0;
    for (uint32_t i = 0; i < blob->command_count; i++) {
        const struct snv2_blob_command *command = &blob->commands[i];
        while (mark < blob->mark_count && blob->marks[mark].first + blob->marks[mark].count <= i)
            mark++;
        bool goes_on = mark < blob->mark_count && blob->marks[mark].first < i;
        step += !goes_on;
        check->command = i;
        for (int k = 0; k < SNV2_BLOB_MAX_OPERANDS; k++)
            for (uint32_t r = 0; r < command->operands[k].run_count; r++)
                use_base(check, blob->runs[command->operands[k].first_run + r].tensor, step);
        use_base(check, command->output, step);
    }
}

static int by_first_step(const void *a, const void *b) {
    const struct base *left = *(const struct base *const *)a,
                      *right = *(const struct base *const *)b;
    if (left->first != right->first)
        return left->first < right->first ? -1 : 1;
    return left->tensor < right->tensor ? -1 : 1;
}

/* The bases in the arena that are used, by their first step. */
static const struct base **sort_bases(const struct check *check, uint32_t *count) {
    const struct blob *blob = check->blob;
    const struct base **sorted = arena_alloc(check->scratch, blob->tensor_count, sizeof *sorted);
    *count = 0;
    for (uint32_t i = 0; sorted && i < blob->tensor_count; i++)
        if (blob->tensors[i].place == SNV2_PLACE_ARENA && check->bases[i].first != UINT32_MAX)
            sorted[(*count)++] = &check->bases[i];
    if (sorted)
        qsort(sorted, *count, sizeof *sorted, by_first_step);
    return sorted;
}

/* How many of the living lie before `offset`. */
static uint32_t rank_of(const struct blob *blob, const struct base *const *living, uint32_t count,
                        uint64_t offset) {
    uint32_t low = 0, high = count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (blob->tensors[living[middle]->tensor].offset < offset)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static bool overlap(const struct snv2_blob_tensor *a, const struct snv2_blob_tensor *b) {
    return a->offset < b->offset + b->bytes && b->offset < a->offset + a->bytes;
}

/* Takes out of the living those whose last step is before `step`. */
static uint32_t bury(const struct base **living, uint32_t count, uint32_t step) {
    uint32_t left = 0;
    for (uint32_t i = 0; i < count; i++)
        if (living[i]->last >= step)
            living[left++] = living[i];
    return left;
}

static enum snv2_status check_memory(struct check *check) {
    const struct snv2_blob_tensor *tensors = check->blob->tensors;
    uint32_t count, alive = 0, step = 0;
    const struct base **bases = sort_bases(check, &count);
    const struct base **living = bases ? arena_alloc(check->scratch, count, sizeof *living) : NULL;
    if (!living)
        return diagnose_no_memory(check->diagnostic);
    for (uint32_t i = 0; i < count; i++) {
        const struct base *base = bases[i];
        if (base->first != step)
            alive = bury(living, alive, base->first);
        step = base->first;
        const struct snv2_blob_tensor *tensor = &tensors[base->tensor];
        uint32_t rank = rank_of(check->blob, living, alive, tensor->offset);
        if ((rank > 0 && overlap(&tensors[living[rank - 1]->tensor], tensor)) ||
            (rank < alive && overlap(&tensors[living[rank]->tensor], tensor)))
            return bad_use(check, base->command, base->tensor, "takes memory that is in use");
        memmove(living + rank + 1, living + rank, (alive - rank) * sizeof *living);
        living[rank] = base;
        alive++;
    }
    return SNV2_OK;
}

/* ---- contents ---- */

/* Looks at the bit of every element of a tensor, from `element` on, and sets it. False at the first
 * that is not as expected. */
static bool visit_elements(const struct snv2_blob_tensor *tensor, uint64_t element, uint64_t *bits,
                           bool expected) {
    int64_t at[SNV2_BLOB_MAX_RANK] = {0};
    for (;;) {
        uint64_t bit = UINT64_C(1) << element % 64, *word = &bits[element / 64];
        if (expected != !!(*word & bit))
            return false;
        *word |= bit;
        int axis = tensor->rank;
        while (axis-- > 0) {
            if (tensor->strides[axis] == 0)
                continue; /* the same elements again */
            element += (uint64_t)tensor->strides[axis];
            if (++at[axis] < tensor->dims[axis])
                break;
            element -= (uint64_t)(tensor->dims[axis] * tensor->strides[axis]);
            at[axis] = 0;
        }
        if (axis < 0)
            return true;
    }
}

/* Whether all elements of a tensor are written, or none; then they are. */
static enum snv2_status visit_tensor(struct check *check, uint32_t index, bool expected,
                                     const char *fault) {
    const struct snv2_blob_tensor *tensor = &check->blob->tensors[index];
    struct base *base = &check->bases[tensor->owner];
    uint64_t elements = check->blob->tensors[tensor->owner].bytes / sizeof(float);
    if (!base->written)
        base->written = arena_alloc(check->scratch, elements / 64 + 1, sizeof *base->written);
    if (!base->written)
        return diagnose_no_memory(check->diagnostic);
    check->view_elements += elements;
    if (check->view_elements > max_view_elements)
        return bad_use(check, check->command, index, "is one view too many");
    uint64_t first = tensor->owner == index ? 0 : tensor->offset / sizeof(float);
    return visit_elements(tensor, first, base->written, expected)
               ? SNV2_OK
               : bad_use(check, check->command, index, fault);
}

static enum snv2_status read_tensor(struct check *check, uint32_t index) {
    const struct snv2_blob_tensor *tensor = &check->blob->tensors[index];
    if (tensor->place != SNV2_PLACE_ARENA || check->is_written[index])
        return SNV2_OK;
    if (!check->bases[tensor->owner].is_viewed)
        return bad_use(check, check->command, index, "is read before it is written");
    enum snv2_status status =
        visit_tensor(check, index, true, "is read where not all of it is written");
    check->is_written[index] = status == SNV2_OK;
    return status;
}

static enum snv2_status write_tensor(struct check *check, uint32_t index) {
    if (check->is_written[index])
        return bad_use(check, check->command, index, "is written twice");
    check->is_written[index] = true;
    return check->bases[check->blob->tensors[index].owner].is_viewed
               ? visit_tensor(check, index, false, "is written where another was written")
               : SNV2_OK;
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

static enum snv2_status check_contents(struct check *check) {
    const struct blob *blob = check->blob;
    enum snv2_status status = SNV2_OK;
    for (check->command = 0; check->command < blob->command_count && status == SNV2_OK;
         check->command++)
        status = run_command(check);
    for (uint32_t i = 0; i < blob->output_count && status == SNV2_OK; i++) {
        uint32_t output = blob->outputs[i];
        const struct snv2_blob_tensor *tensor = &blob->tensors[output];
        uint64_t *bits = check->bases[output].written;
        if (!check->is_written[output] && !(bits && visit_elements(tensor, 0, bits, true)))
            status = bad_record(blob, SNV2_SECTION_TENSORS, output, check->diagnostic,
                                "no command writes this graph output, or not all of it");
    }
    return status;
}

enum snv2_status blob_verify_arena(const struct blob *blob, struct arena *scratch,
                                   struct snv2_diagnostic *diagnostic) {
    struct check check = {
        .blob = blob,
        .scratch = scratch,
        .bases = arena_alloc(scratch, blob->tensor_count, sizeof *check.bases),
        .is_written = arena_alloc(scratch, blob->tensor_count, sizeof *check.is_written),
        .diagnostic = diagnostic,
    };
    if (!check.bases || !check.is_written)
        return diagnose_no_memory(diagnostic);
    find_lifetimes(&check);
    enum snv2_status status = check_memory(&check);
    return status == SNV2_OK ? check_contents(&check) : status;
}
