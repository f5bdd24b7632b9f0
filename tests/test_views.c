/* Random graphs through the passes over views: chains of movements become the view that brute force
 * says, and networks around such chains compute what they did. */
#include "tests/tap.h"

#include "tests/pass_case.h"

/* ---- random chains of movements ---- */

enum { CHAIN_VALUES = 40, CHAIN_CHANNELS = 48, CHAIN_INPUTS = 2, CHAIN_WIDTH = 12 };

/* A value of the chain, v<number>: which channel of which input each of its channels is. */
struct chain_value {
    int count;
    struct {
        int input, channel;
    } channels[CHAIN_CHANNELS];
};

struct chain {
    FILE *out;
    uint64_t random;
    int count;
    struct chain_value values[CHAIN_VALUES];
};

static int pick(struct chain *chain, int bound) {
    return (int)(random_next(&chain->random) % (uint64_t)bound);
}

static struct chain_value *add_value(struct chain *chain) {
    return &chain->values[chain->count++];
}

static void add_split(struct chain *chain, int from) {
    const struct chain_value *x = &chain->values[from];
    int n = chain->count, cut = 1 + pick(chain, x->count - 1);
    struct chain_value *a = add_value(chain), *b = add_value(chain);
    for (int c = 0; c < x->count; c++) {
        struct chain_value *part = c < cut ? a : b;
        part->channels[part->count++] = x->channels[c];
    }
    fprintf(chain->out, "const c%d: int64[2] = {%d, %d}\nv%d, v%d = Split(v%d, c%d) {axis=1}\n", n,
            cut, x->count - cut, n, n + 1, from, n);
}

static void add_slice(struct chain *chain, int from) {
    const struct chain_value *x = &chain->values[from];
    int n = chain->count, start = pick(chain, x->count), step = 1 + pick(chain, 3);
    bool back = pick(chain, 2);
    struct chain_value *y = add_value(chain);
    for (int c = start; c >= 0 && c < x->count; c += back ? -step : step)
        y->channels[y->count++] = x->channels[c];
    fprintf(chain->out,
            "const s%d: int64[1] = {%d}\nconst e%d: int64[1] = {%d}\nconst a%d: int64[1] = {-3}\n"
            "const t%d: int64[1] = {%d}\nv%d = Slice(v%d, s%d, e%d, a%d, t%d)\n",
            n, start - x->count, n, back ? -1000 : 1000, n, n, back ? -step : step, n, from, n, n,
            n, n);
}

static void add_gather(struct chain *chain, int from) {
    const struct chain_value *x = &chain->values[from];
    int n = chain->count, count = 1 + pick(chain, 6);
    struct chain_value *y = add_value(chain);
    fprintf(chain->out, "const i%d: int64[%d] = {", n, count);
    for (int i = 0; i < count; i++) {
        int channel = pick(chain, x->count);
        y->channels[y->count++] = x->channels[channel];
        fprintf(chain->out, "%s%d", i > 0 ? ", " : "",
                pick(chain, 2) ? channel : channel - x->count);
    }
    fprintf(chain->out, "}\nv%d = Gather(v%d, i%d) {axis=1}\n", n, from, n);
}

static void add_concat(struct chain *chain, int from, int other) {
    int n = chain->count;
    struct chain_value *y = add_value(chain);
    *y = chain->values[from];
    for (int c = 0; c < chain->values[other].count; c++)
        y->channels[y->count++] = chain->values[other].channels[c];
    fprintf(chain->out, "v%d = Concat(v%d, v%d) {axis=1}\n", n, from, other);
}

static void add_shuffle(struct chain *chain, int from) {
    const struct chain_value *x = &chain->values[from];
    int n = chain->count, group = 1 + pick(chain, x->count);
    while (x->count % group)
        group--;
    int size = x->count / group;
    struct chain_value *y = add_value(chain);
    for (int c = 0; c < x->count; c++)
        y->channels[y->count++] = x->channels[c % group * size + c / group];
    fprintf(chain->out,
            "const f%d: int64[5] = {2, %d, %d, 1, 2}\nconst g%d: int64[4] = {2, %d, 1, 2}\n"
            "p%d = Reshape(v%d, f%d)\nq%d = Transpose(p%d) {perm=[0,2,1,3,4]}\n"
            "v%d = Reshape(q%d, g%d)\n",
            n, group, size, n, x->count, n, from, n, n, n, n, n, n);
}

static void add_movement(struct chain *chain) {
    int from = pick(chain, chain->count), other = pick(chain, chain->count);
    int count = chain->values[from].count;
    switch (pick(chain, 5)) {
    case 0:
        if (count > 1)
            add_split(chain, from);
        break;
    case 1:
        add_slice(chain, from);
        break;
    case 2:
        add_gather(chain, from);
        break;
    case 3:
        if (count + chain->values[other].count <= CHAIN_CHANNELS)
            add_concat(chain, from, other);
        break;
    default:
        add_shuffle(chain, from);
    }
}

/* The last `outputs` values are the graph's outputs. To be freed. */
static char *random_text(struct chain *chain, uint64_t seed, void (*add)(struct chain *chain),
                         int outputs) {
    char *text = NULL;
    size_t bytes = 0;
    *chain = (struct chain){.out = open_memstream(&text, &bytes), .random = seed};
    ck_assert_ptr_nonnull(chain->out);
    fprintf(chain->out, "graph \"chain\"\n");
    for (int i = 0; i < CHAIN_INPUTS; i++) {
        struct chain_value *input = add_value(chain);
        fprintf(chain->out, "input v%d: float32[2,%d,1,2]\n", i, CHAIN_WIDTH);
        for (int c = 0; c < CHAIN_WIDTH; c++) {
            input->channels[c].input = i;
            input->channels[input->count++].channel = c;
        }
    }
    while (chain->count < CHAIN_VALUES - 1)
        add(chain);
    for (int i = outputs; i > 0; i--)
        fprintf(chain->out, "output v%d\n", chain->count - i);
    fclose(chain->out);
    return text;
}

/* What brute force says of the last value, run by run, the longest first. */
static void check_runs(const struct chain *chain, const struct graph *graph) {
    const struct chain_value *expected = &chain->values[chain->count - 1];
    const struct node *view = graph->outputs[0]->producer;
    int c = 0, used = 0;
    ck_assert_int_eq(graph->node_count, 1);
    if (view->op == OP_Identity) {
        ck_assert_int_eq(expected->count, CHAIN_WIDTH);
        for (c = 0; c < CHAIN_WIDTH; c++)
            ck_assert_int_eq(expected->channels[c].channel, c);
        return;
    }
    ck_assert_int_eq(view->op, OP_ChannelView);
    const struct channel_runs *runs = &view->attributes.ChannelView.runs;
    for (int32_t r = 0; r < runs->count; r++) {
        const struct channel_run *run = &runs->runs[r];
        int last = run->first + (run->count - 1) * run->step;
        ck_assert_int_le(run->input, used); /* operands in the order of first use */
        used += run->input == used;
        for (int i = 0; i < run->count; i++, c++) {
            ck_assert_ptr_eq(view->inputs[run->input], graph->inputs[expected->channels[c].input]);
            ck_assert_int_eq(run->first + i * run->step, expected->channels[c].channel);
        }
        if (r + 1 == runs->count || runs->runs[r + 1].input != run->input)
            continue;
        int next = runs->runs[r + 1].first;
        ck_assert(run->count == 1 ? next == run->first : next != last + run->step);
    }
    ck_assert_int_eq(c, expected->count);
    ck_assert_int_eq(used, view->input_count);
}

START_TEST(test_random_chains) {
    struct chain chain;
    for (uint64_t seed = 0; seed < 50; seed++) {
        struct arena arena, other;
        char *text = random_text(&chain, (uint64_t)_i * 50 + seed, add_movement, 1);
        struct graph *graph = read_graph(text, &arena), *original = read_graph(text, &other);
        free(text);
        run_passes(graph, "svd");
        check_runs(&chain, graph);
        check_same_meaning(original, graph, 0);
        arena_free(&arena);
        arena_free(&other);
    }
}
END_TEST

/* ---- random networks ---- */

/* A node with one data operand that computes as many channels as it reads. */
static void add_channelwise(struct chain *chain, int from) {
    int n = chain->count, count = chain->values[from].count;
    add_value(chain)->count = count;
    switch (pick(chain, 4)) {
    case 0:
        fprintf(chain->out, "v%d = Relu(v%d)\n", n, from);
        break;
    case 1:
        fprintf(chain->out, "v%d = MaxPool(v%d) {kernel_shape=[1,2], pads=[0,1,0,0]}\n", n, from);
        break;
    case 2:
        fprintf(chain->out, "const m%d: float32[%d,1,1] = random(%d)\nv%d = Mul(m%d, v%d)\n", n,
                count, n, n, n, from);
        break;
    default:
        fprintf(chain->out,
                "const w%d: float32[%d,1,1,3] = random(%d)\n"
                "v%d = Conv(v%d, w%d) {group=%d, pads=[0,1,0,1]}\n",
                n, count, n, n, from, n, count);
    }
}

static void add_convolution(struct chain *chain, int from) {
    int n = chain->count, inputs = chain->values[from].count;
    int group = inputs % 2 == 0 && pick(chain, 4) == 0 ? 2 : 1;
    int outputs = 2 * (1 + pick(chain, 8));
    add_value(chain)->count = outputs;
    fprintf(chain->out,
            "const w%d: float32[%d,%d,1,1] = random(%d)\nconst b%d: float32[%d] = random(%d)\n"
            "v%d = Conv(v%d, w%d, b%d) {group=%d}\n",
            n, outputs, inputs / group, n, n, outputs, n + 1000, n, from, n, n, group);
}

/* Adds the value to the last one that has as many channels. */
static void add_sum(struct chain *chain, int from) {
    int n = chain->count, other = n - 1;
    while (chain->values[other].count != chain->values[from].count)
        other--;
    add_value(chain)->count = chain->values[from].count;
    fprintf(chain->out, "v%d = Add(v%d, v%d)\n", n, from, other);
}

static void add_node(struct chain *chain) {
    int from = pick(chain, chain->count);
    switch (pick(chain, 6)) {
    case 0:
        add_channelwise(chain, from);
        break;
    case 1:
    case 2:
        add_convolution(chain, from);
        break;
    case 3:
        add_sum(chain, from);
        break;
    default:
        add_movement(chain);
    }
}

/* Whatever orders are chosen between convolutions, pools and elementwise operators. */
START_TEST(test_random_networks) {
    struct chain chain;
    for (uint64_t seed = 0; seed < 100; seed++) {
        char *text = random_text(&chain, (uint64_t)_i * 100 + seed, add_node, 4);
        struct arena arena, other;
        struct graph *graph = read_graph(text, &arena), *original = read_graph(text, &other);
        free(text);
        run_passes(graph, "svdodu");
        check_same_meaning(original, graph, 1e-12);
        arena_free(&arena);
        arena_free(&other);
    }
}
END_TEST

int main(void) {
    Suite *suite = suite_create("views");
    TCase *tests = tcase_create("views");
    tcase_set_timeout(tests, 60);
    tcase_add_loop_test(tests, test_random_chains, 0, 4);
    tcase_add_loop_test(tests, test_random_networks, 0, 4);
    suite_add_tcase(suite, tests);
    return tap_run(suite);
}
