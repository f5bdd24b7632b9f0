/* Channel order: each value's channels are ordered so that its readers find long runs.
 *
 *   a [N C H W]: channels 0 2 4 .. read by p, 1 3 5 .. by q
 *   a -> ChannelView 0+C/2*2 -> p         a' -> ChannelView 0+C/2   -> p
 *   a -> ChannelView 1+C/2*2 -> q    ->   a' -> ChannelView C/2+C/2 -> q
 *
 * A convolution may write its channels in any order (rows of weights and bias permuted) and read
 * them in any order (columns permuted); what lies between, value by value, must keep them
 * (order_classes.h). For every class that nothing pins, the candidates are the natural order, the
 * channels sorted by who reads them, and, where a channel-wise operator reads a view, that view's
 * order sorted. The cheapest wins, the natural one among equals. A read costs its bytes times a
 * penalty that grows with its runs of neighbouring channels. A grouped convolution is free within
 * its groups: its channels stay in their group, and each group is a read of its own. Then every
 * reader that is free to, reads its view in sorted order: values as they are produced, channels
 * ascending.
 *
 * Needs views composed. Pays because unit k of a ShuffleNet V2 stage then reads at most k+1 runs of
 * neighbouring channels. */
#include "passes/pass.h"

#include "ir/order.h"
#include "passes/order_plan.h"
#include "passes/rewrite.h"

#include <stdlib.h>
#include <string.h>

/* One stretch more costs a read a sixteenth of its bytes. */
enum { STRETCH_SHARE = 16 };

/* How many channels are looked at in all; classes that come too late keep the natural order. */
static const int64_t max_effort = INT64_C(1) << 26;

/* More groups of a convolution than this are looked at as one. */
enum { MAX_GROUPS = 32 };

/* An operand or a graph output that is a view; one for each group of a grouped convolution. */
struct view_read {
    const struct node *view;
    const struct node *reader; /* NULL: a graph output */
    int32_t operand;
    int32_t number;       /* in canonical order of the readers */
    int32_t first, count; /* the channels of the view: all of them, or those of one group */
};

struct read_list {
    const struct view_read *read;
    struct read_list *next;
};

struct chooser {
    struct order_plan plan;
    struct read_list **reads; /* by class: views of its values, and views that its members read */
    int64_t *output_elements; /* by class: of members that are graph outputs */
    bool *decided;            /* by class */
    int64_t effort;           /* channels that may still be looked at */
    struct channel *channels; /* of the read at hand, */
    struct channel *ordered;  /* and in another order */
    int32_t *from;            /* of order_plan_sort, and a list of channels on its way */
    int32_t *next;            /* by block: where its next channel goes */
    bool *is_read;            /* by natural channel of the class at hand */
};

/* ---- who reads what through a view ---- */

static bool add_to_class(struct chooser *chooser, int32_t class, const struct view_read *read) {
    struct read_list *list = chooser->reads[class];
    if (list && list->read == read)
        return true;
    struct read_list *link = arena_alloc(chooser->plan.scratch, 1, sizeof *link);
    if (!link)
        return false;
    *link = (struct read_list){read, list};
    chooser->reads[class] = link;
    return true;
}

static bool add_view_read(struct chooser *chooser, const struct view_read *read) {
    const struct order_classes *classes = &chooser->plan.classes;
    struct view_read *copy = arena_alloc(chooser->plan.scratch, 1, sizeof *copy);
    if (!copy)
        return false;
    *copy = *read;
    for (int32_t i = 0; i < read->view->input_count; i++)
        if (!add_to_class(chooser, order_class(classes, read->view->inputs[i]), copy))
            return false;
    return !read->reader || !is_tied_operand(read->reader, read->operand) ||
           add_to_class(chooser, order_class(classes, read->reader->outputs[0]), copy);
}

/* How many reads the operand is: one for each group of a FREE reader, as long as they are few. */
static int32_t count_reads(const struct node *reader, int32_t operand) {
    if (!reader || operand != 0 || node_channel_trait(reader) != TRAIT_FREE)
        return 1;
    int32_t groups = channel_groups(reader);
    return groups <= MAX_GROUPS ? groups : 1;
}

static bool add_read(struct chooser *chooser, const struct value *value, const struct node *reader,
                     int32_t operand, int32_t number) {
    const struct order_classes *classes = &chooser->plan.classes;
    if (!value || value_is_constant(value))
        return true;
    if (!is_view(value->producer)) {
        if (!reader)
            chooser->output_elements[order_class(classes, value)] += shape_elements(&value->shape);
        return true;
    }
    int32_t reads = count_reads(reader, operand), count = channel_count(value) / reads;
    for (int32_t r = reads - 1; r >= 0; r--) {
        struct view_read read = {value->producer, reader, operand, number, r * count, count};
        if (!add_view_read(chooser, &read))
            return false;
    }
    return true;
}

/* From the last reader to the first, so that each class has its reads in canonical order. */
static bool list_reads(struct chooser *chooser, struct node *const *nodes, int32_t count) {
    const struct graph *graph = chooser->plan.graph;
    for (int32_t i = graph->output_count - 1; i >= 0; i--)
        if (!add_read(chooser, graph->outputs[i], NULL, i, count + i))
            return false;
    for (int32_t n = count - 1; n >= 0; n--)
        for (int32_t i = nodes[n]->input_count - 1; i >= 0; i--)
            if (!is_view(nodes[n]) && !add_read(chooser, nodes[n]->inputs[i], nodes[n], i, n))
                return false;
    return true;
}

/* ---- what an order costs ---- */

static int32_t reader_class(const struct chooser *chooser, const struct view_read *read) {
    bool tied = read->reader && is_tied_operand(read->reader, read->operand);
    return tied ? order_class(&chooser->plan.classes, read->reader->outputs[0]) : -1;
}

/* Whether the reader will read the view in whatever order is best: a convolution, or a member of a
 * class that has not been decided on. */
static bool takes_any_order(const struct chooser *chooser, const struct view_read *read) {
    int32_t class = reader_class(chooser, read);
    if (class >= 0)
        return chooser->plan.classes.block[class] > 1 && !chooser->decided[class];
    return read->reader && read->operand == 0 && node_channel_trait(read->reader) == TRAIT_FREE;
}

/* Where the channels that are read lie by the plan as it stands; good until the next call. */
static struct channel *place_read(struct chooser *chooser, const struct view_read *read) {
    struct channel *channels = chooser->channels + read->first;
    view_channels(read->view, chooser->channels);
    order_plan_place(&chooser->plan, channels, read->count);
    chooser->effort -= channel_count(read->view->outputs[0]);
    return channels;
}

/* Stretches of neighbouring channels: a run of another step counts as if each channel were a run.
 */
static int32_t count_stretches(const struct channel *channels, int32_t count) {
    int32_t stretches = 1;
    for (int32_t i = 1; i < count; i++)
        stretches += channels[i].value != channels[i - 1].value ||
                     channels[i].index != channels[i - 1].index + 1;
    return stretches;
}

static double read_elements(const struct view_read *read) {
    const struct value *value = read->view->outputs[0];
    return (double)(shape_elements(&value->shape) / channel_count(value) * read->count);
}

static double read_cost(struct chooser *chooser, const struct view_read *read) {
    int32_t class = reader_class(chooser, read);
    struct channel *channels = place_read(chooser, read);
    if (takes_any_order(chooser, read)) {
        int32_t block = class >= 0 ? chooser->plan.classes.block[class] : read->count;
        order_plan_sort(&chooser->plan, channels, read->count, block, chooser->from);
    } else if (class >= 0 && chooser->plan.orders[class].natural) {
        for (int32_t i = 0; i < read->count; i++)
            chooser->ordered[i] = channels[chooser->plan.orders[class].natural[i]];
        channels = chooser->ordered;
    }
    return read_elements(read) * (STRETCH_SHARE + count_stretches(channels, read->count));
}

/* Of all reads that the order of the class bears on, as the plan stands. */
static double class_cost(struct chooser *chooser, int32_t class) {
    struct value *member = chooser->plan.graph->values[class];
    const int32_t *position = chooser->plan.orders[class].position;
    int32_t count = channel_count(member), stretches = 1;
    if (position) {
        for (int32_t c = 0; c < count; c++)
            chooser->channels[c] = (struct channel){member, position[c]};
        stretches = count_stretches(chooser->channels, count);
    }
    double cost = (double)chooser->output_elements[class] * (STRETCH_SHARE + stretches);
    for (const struct read_list *list = chooser->reads[class]; list; list = list->next)
        cost += read_cost(chooser, list->read);
    return cost;
}

/* ---- candidates ---- */

/* The best order of a class so far. */
struct choice {
    int32_t class, count;
    struct channel_order order;
    double cost;
};

/* Brings every channel back to its block, and leaves them in order there. */
static void keep_blocks(struct chooser *chooser, const struct choice *choice, int32_t *natural) {
    int32_t block = chooser->plan.classes.block[choice->class];
    for (int32_t b = 0; b < choice->count / block; b++)
        chooser->next[b] = b * block;
    for (int32_t p = 0; p < choice->count; p++)
        chooser->from[chooser->next[natural[p] / block]++] = natural[p];
    memcpy(natural, chooser->from, (size_t)choice->count * sizeof *natural);
}

static bool try_order(struct chooser *chooser, struct choice *choice, int32_t *natural) {
    struct channel_order *order = &chooser->plan.orders[choice->class];
    keep_blocks(chooser, choice, natural);
    order->natural = natural;
    order->position = invert_order(&chooser->plan, natural, choice->count);
    if (!order->position)
        return false;
    double cost = class_cost(chooser, choice->class);
    if (cost < choice->cost) {
        choice->order = *order;
        choice->cost = cost;
    }
    *order = (struct channel_order){NULL, NULL};
    return true;
}

static void mark_read_channels(struct chooser *chooser, const struct choice *choice,
                               const struct view_read *read) {
    const struct channel *channels = chooser->channels + read->first;
    memset(chooser->is_read, 0, (size_t)choice->count * sizeof *chooser->is_read);
    view_channels(read->view, chooser->channels);
    for (int32_t i = 0; i < read->count; i++)
        if (order_class(&chooser->plan.classes, channels[i].value) == choice->class)
            chooser->is_read[channels[i].index] = true;
    chooser->effort -= choice->count + channel_count(read->view->outputs[0]);
}

/* First the channels of the first read, then those of the second, and so on: a stable partition by
 * each read, the most important last. */
static bool try_order_of_readers(struct chooser *chooser, struct choice *choice,
                                 const struct view_read *const *reads, int32_t read_count) {
    int32_t *natural = arena_alloc(chooser->plan.scratch, (size_t)choice->count, sizeof *natural);
    if (!natural)
        return false;
    for (int32_t c = 0; c < choice->count; c++)
        natural[c] = c;
    for (int32_t r = read_count - 1; r >= 0; r--) {
        int32_t kept = 0, rest = 0;
        mark_read_channels(chooser, choice, reads[r]);
        for (int32_t c = 0; c < choice->count; c++) {
            if (chooser->is_read[natural[c]])
                natural[kept++] = natural[c];
            else
                chooser->from[rest++] = natural[c];
        }
        memcpy(natural + kept, chooser->from, (size_t)rest * sizeof *natural);
    }
    return try_order(chooser, choice, natural);
}

/* The view's channels in sorted order. */
static bool try_order_of_view(struct chooser *chooser, struct choice *choice,
                              const struct view_read *read) {
    int32_t *natural = arena_alloc(chooser->plan.scratch, (size_t)choice->count, sizeof *natural);
    if (!natural)
        return false;
    order_plan_sort(&chooser->plan, place_read(chooser, read), choice->count, choice->count,
                    natural);
    return try_order(chooser, choice, natural);
}

static int compare_weight(const void *a_, const void *b_) {
    const struct view_read *a = *(const struct view_read *const *)a_;
    const struct view_read *b = *(const struct view_read *const *)b_;
    double weight_a = read_elements(a), weight_b = read_elements(b);
    if (weight_a != weight_b)
        return weight_a > weight_b ? -1 : 1;
    if (a->number != b->number)
        return a->number < b->number ? -1 : 1;
    return a->operand != b->operand ? a->operand - b->operand : a->first - b->first;
}

static bool try_candidates(struct chooser *chooser, struct choice *choice) {
    int32_t count = 0, n = 0;
    for (const struct read_list *list = chooser->reads[choice->class]; list; list = list->next)
        count++;
    const struct view_read **reads =
        arena_alloc(chooser->plan.scratch, (size_t)count, sizeof *reads);
    if (!reads)
        return false;
    for (const struct read_list *list = chooser->reads[choice->class]; list; list = list->next)
        reads[n++] = list->read;
    if (!try_order_of_readers(chooser, choice, reads, count))
        return false;
    for (n = 0; n < count && chooser->effort > 0; n++)
        if (reader_class(chooser, reads[n]) == choice->class &&
            !try_order_of_view(chooser, choice, reads[n]))
            return false;
    qsort(reads, (size_t)count, sizeof *reads, compare_weight);
    return try_order_of_readers(chooser, choice, reads, count);
}

/* Decides on the class of `value` where that is still open. */
static bool decide(struct chooser *chooser, const struct value *value, int *reordered) {
    int32_t class = order_class(&chooser->plan.classes, value);
    if (chooser->decided[class] || chooser->plan.classes.block[class] == 1 ||
        !chooser->reads[class] || chooser->effort <= 0)
        return true;
    chooser->decided[class] = true;
    struct choice choice = {.class = class, .count = channel_count(value)};
    choice.cost = class_cost(chooser, class);
    if (!try_candidates(chooser, &choice))
        return false;
    chooser->plan.orders[class] = choice.order;
    *reordered += choice.order.natural != NULL;
    return true;
}

static bool chooser_init(struct chooser *chooser, struct graph *graph, struct arena *scratch,
                         struct node *const *nodes, int32_t node_count) {
    *chooser = (struct chooser){.effort = max_effort};
    if (!order_plan_init(&chooser->plan, graph, scratch, nodes, node_count))
        return false;
    size_t values = (size_t)graph->value_count, most = (size_t)chooser->plan.most_channels;
    chooser->reads = arena_alloc(scratch, values, sizeof *chooser->reads);
    chooser->output_elements = arena_alloc(scratch, values, sizeof *chooser->output_elements);
    chooser->decided = arena_alloc(scratch, values, sizeof *chooser->decided);
    chooser->channels = arena_alloc(scratch, most, sizeof *chooser->channels);
    chooser->ordered = arena_alloc(scratch, most, sizeof *chooser->ordered);
    chooser->from = arena_alloc(scratch, most, sizeof *chooser->from);
    chooser->next = arena_alloc(scratch, most, sizeof *chooser->next);
    chooser->is_read = arena_alloc(scratch, most, sizeof *chooser->is_read);
    return chooser->reads && chooser->output_elements && chooser->decided && chooser->channels &&
           chooser->ordered && chooser->from && chooser->next && chooser->is_read &&
           list_reads(chooser, nodes, node_count);
}

enum snv2_status pass_channel_order(struct graph *graph, struct arena *scratch, int *changes,
                                    struct snv2_diagnostic *diagnostic) {
    /* What no output needs must not bind an order. */
    enum snv2_status status = remove_dead_nodes(graph, scratch, NULL, diagnostic);
    if (status != SNV2_OK)
        return status;
    struct chooser chooser;
    int32_t count = 0;
    struct node **nodes = graph_canonical_order(graph, scratch, &count);
    bool done = nodes && chooser_init(&chooser, graph, scratch, nodes, count);
    int reordered = 0;
    for (int32_t n = 0; n < count && done; n++)
        for (int32_t i = 0; i < nodes[n]->output_count && done; i++)
            done = is_view(nodes[n]) || decide(&chooser, nodes[n]->outputs[i], &reordered);
    if (!done)
        return diagnose_no_memory(diagnostic);
    status = order_plan_apply(&chooser.plan, changes, diagnostic);
    *changes += reordered;
    return status == SNV2_OK ? remove_dead_nodes(graph, scratch, NULL, diagnostic) : status;
}
