/* Inputs of bytes: the same bits as the network gives for the numbers that the bytes stand for, in
 * every way of running it, from frames that stand in any strides; nothing else of the caller's
 * memory matters; and blobs whose frames lie. */
#include "tests/tap.h"

#include "base/random.h"
#include "emit/emit.h"
#include "ir/text.h"
#include "tests/backend_case.h"
#include "tests/blob_builder.h"
#include "tests/every_way.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { MOST_TEXT = 2048, MOST_OUTPUTS = 4 };

static struct arena arena;
static struct snv2_diagnostic diagnostic;
static uint64_t seed;

static void set_up(void) {
    arena_init(&arena, UINT64_MAX);
    seed = 1;
}

static void tear_down(void) {
    arena_free(&arena);
}

static int pick(int low, int high) {
    return low + (int)(random_next(&seed) % (uint64_t)(high - low + 1));
}

static void *allocate(size_t bytes) {
    void *memory = arena_alloc(&arena, bytes ? bytes : 1, 1);
    ck_assert_ptr_nonnull(memory);
    return memory;
}

#define CHECK_OK(call) ck_assert_msg((call) == SNV2_OK, "%s\n%s", diagnostic.message, text)

/* The blob of a graph in text form, its commands marked in pairs; the program in *program. */
static unsigned char *convert(const char *text, struct program **program, size_t *size) {
    struct graph *graph;
    const void *bytes;
    CHECK_OK(graph_read_text(text, &arena, &graph, &diagnostic));
    CHECK_OK(lower_graph(graph, &arena, program, &diagnostic));
    mark_all(*program, 2, &arena);
    CHECK_OK(plan_memory(*program, &arena, &diagnostic));
    CHECK_OK(verify_plan(*program, &arena, &diagnostic));
    CHECK_OK(emit_blob(*program, NULL, 0, &arena, &bytes, size, &diagnostic));
    return (unsigned char *)(uintptr_t)bytes;
}

static struct snv2_model *open_text(const char *text) {
    struct program *program;
    struct snv2_model *model;
    size_t size;
    const void *bytes = convert(text, &program, &size);
    CHECK_OK(snv2_open_memory(bytes, size, &model, &diagnostic));
    return model;
}

/* ---- a frame and what reads it ---- */

static const struct {
    const char *pixels;
    int bytes;
} formats[] = {{"gray", 1}, {"rgb", 3}, {"bgr", 3}, {"rgba", 4}, {"bgra", 4}};

static const float means[] = {0.485f, 0, 0.406f, 0.5f}, stds[] = {0.229f, 1, 0.225f, 0.5f};

struct frame {
    const char *pixels;
    int bytes; /* of a pixel */
    bool planes;
    int images, height, width;
};

static struct frame random_frame(int round) {
    return (struct frame){formats[round % 5].pixels,
                          formats[round % 5].bytes,
                          round / 5 % 2,
                          pick(1, 2),
                          pick(3, 20),
                          pick(1, 5) * pick(1, 15) + 2};
}

/* The head of a graph whose value p is the frame's numbers; `numbers`: that is the input. */
static int write_head(char *text, const struct frame *frame, bool numbers) {
    int n = frame->images, h = frame->height, w = frame->width, c = frame->bytes;
    if (numbers)
        return snprintf(text, MOST_TEXT, "graph g\ninput p: float32[%d,%d,%d,%d]\n", n, c, h, w);
    int used = snprintf(text, MOST_TEXT, "graph g\ninput x: uint8[%d,%d,%d,%d]\n", n,
                        frame->planes ? c : h, frame->planes ? h : w, frame->planes ? w : c);
    for (int list = 0; list < 2; list++) {
        used +=
            snprintf(text + used, MOST_TEXT, "const %s: float32[%d] = {", list ? "std" : "mean", c);
        for (int i = 0; i < c; i++)
            used += snprintf(text + used, MOST_TEXT, "%s%a", i ? ", " : "",
                             (double)(list ? stds[i] : means[i]));
        used += snprintf(text + used, MOST_TEXT, "}\n");
    }
    return used + snprintf(text + used, MOST_TEXT,
                           "p: float32[%d,%d,%d,%d] = Preprocess(x, mean, std) {layout=%s, "
                           "pixels=%s, scale=%a}\n",
                           n, c, h, w, frame->planes ? "nchw" : "nhwc", frame->pixels,
                           (double)(1.0f / 255));
}

/* What one byte stands for. */
static float number_of(unsigned char byte, int channel) {
    float scale = (float)((double)(1.0f / 255) / stds[channel]);
    float shift = (float)(-(double)means[channel] / stds[channel]);
    return fmaf((float)byte, scale, shift);
}

/* Random bytes, and the numbers that they stand for as [N,C,H,W]. */
static unsigned char *random_bytes(const struct frame *frame, float *numbers) {
    size_t channels = (size_t)frame->bytes, pixels = (size_t)(frame->height * frame->width);
    size_t count = (size_t)frame->images * channels * pixels;
    unsigned char *bytes = allocate(count);
    for (size_t i = 0; i < count; i++)
        bytes[i] = (unsigned char)random_next(&seed);
    for (size_t n = 0; n < (size_t)frame->images; n++)
        for (size_t c = 0; c < channels; c++)
            for (size_t i = 0; i < pixels; i++) {
                size_t at = frame->planes ? (n * channels + c) * pixels + i
                                          : (n * pixels + i) * channels + c;
                numbers[(n * channels + c) * pixels + i] = number_of(bytes[at], (int)c);
            }
    return bytes;
}

static size_t count_of(const struct frame *frame) {
    return (size_t)frame->images * (size_t)frame->bytes * (size_t)(frame->height * frame->width);
}

/* Runs a model of one input; the outputs in the arena. */
static void run(const struct snv2_model *model, const struct snv2_frame *input, int threads,
                float *outputs[MOST_OUTPUTS]) {
    struct snv2_context_options options = {
        .threads = threads, .fusion = threads > 1 ? SNV2_FUSE_EVERYWHERE : SNV2_FUSE_WHERE_IT_PAYS};
    struct snv2_context *context;
    const char *text = "";
    CHECK_OK(snv2_context_new(model, &options, &context, &diagnostic));
    for (int i = 0; i < snv2_output_count(model); i++)
        outputs[i] = allocate(snv2_output(model, i)->bytes);
    if (input->row_stride)
        CHECK_OK(snv2_run_frames(context, input, (void *const *)outputs));
    else
        CHECK_OK(snv2_run(context, &input->data, (void *const *)outputs));
    snv2_context_free(context);
}

static void check_same(const struct snv2_model *model, float *const a[], float *const b[],
                       const char *text) {
    for (int i = 0; i < snv2_output_count(model); i++)
        ck_assert_msg(memcmp(a[i], b[i], snv2_output(model, i)->bytes) == 0, "output %d\n%s", i,
                      text);
}

/* A frame's bytes at random strides, among canaries of that value; *memory is to be freed. */
static struct snv2_frame scatter(const struct frame *frame, const unsigned char *bytes, int canary,
                                 unsigned char **memory) {
    size_t row = (size_t)(frame->planes ? frame->width : frame->width * frame->bytes);
    size_t planes = frame->planes ? (size_t)frame->bytes : 1, height = (size_t)frame->height;
    size_t next = row + (size_t)pick(0, 9), plane = height * next + (size_t)pick(0, 9);
    size_t image = planes * plane + (size_t)pick(0, 9);
    bool upwards = pick(0, 1);
    /* The memory ends with the last row of the last plane. */
    size_t size =
        (size_t)(frame->images - 1) * image + (planes - 1) * plane + (height - 1) * next + row;
    *memory = malloc(size);
    ck_assert_ptr_nonnull(*memory);
    memset(*memory, canary, size);
    for (size_t n = 0; n < (size_t)frame->images; n++)
        for (size_t p = 0; p < planes; p++)
            for (size_t y = 0; y < height; y++, bytes += row) {
                size_t line = upwards ? height - 1 - y : y;
                memcpy(*memory + n * image + p * plane + line * next, bytes, row);
            }
    ptrdiff_t row_stride = (ptrdiff_t)next;
    return (struct snv2_frame){.data = *memory + (upwards ? (height - 1) * next : 0),
                               .row_stride = upwards ? -row_stride : row_stride,
                               .plane_stride = frame->planes ? (ptrdiff_t)plane : 0,
                               .image_stride = (ptrdiff_t)image};
}

/* Holds the graph `tail` over a frame's numbers p against the same over an input of floats. */
static void check_frame(const struct frame *frame, const char *tail) {
    char text[MOST_TEXT], ways_text[EVERY_WAY_TEXT];
    float *expected[MOST_OUTPUTS], *outputs[MOST_OUTPUTS];
    float *numbers = allocate(count_of(frame) * sizeof *numbers);
    unsigned char *bytes = random_bytes(frame, numbers), *memory;
    strcpy(text + write_head(text, frame, true), tail);
    struct snv2_model *model = open_text(text);
    run(model, &(struct snv2_frame){.data = numbers}, 1, expected);
    snv2_close(model);

    strcpy(text + write_head(text, frame, false), tail);
    model = open_text(text);
    run(model, &(struct snv2_frame){.data = bytes}, 1, outputs);
    check_same(model, outputs, expected, text);
    for (int threads = 1; threads <= 3; threads++) {
        struct snv2_frame scattered = scatter(frame, bytes, 85 * threads, &memory);
        run(model, &scattered, threads, outputs);
        check_same(model, outputs, expected, text);
        free(memory);
    }
    int ways;
    ck_assert_msg(run_every_way(model, NULL, &ways, ways_text) == 0, "%s\n%s", ways_text, text);
    snv2_close(model);
}

START_TEST(test_convolution) {
    struct frame frame = random_frame(_i);
    char tail[MOST_TEXT];
    int kernel = pick(1, 5), stride = pick(1, 3), dilation = pick(1, 5) == 1 ? 2 : 1;
    int extent = (kernel - 1) * dilation + 1, pad = pick(0, extent - 1), outputs = pick(1, 40);
    if (extent > frame.height + 2 * pad || extent > frame.width + 2 * pad)
        kernel = extent = dilation = 1, pad = 0;
    int reads = frame.bytes == 1 ? 1 : 3;
    const char *runs = frame.bytes == 1 ? "0:0+1" : _i % 2 ? "0:2+3*-1" : "0:0+3";
    snprintf(tail, sizeof tail,
             "c = ChannelView(p) {runs=[%s]}\nconst w: float32[%d,%d,%d,%d] = random(2)\n"
             "const b: float32[%d] = random(3)\n"
             "y = Conv(c, w, b) {kernel_shape=[%d,%d], strides=[%d,%d], dilations=[%d,%d], "
             "pads=[%d,%d,%d,%d], activation=relu}\n"
             "z = MaxPool(y) {kernel_shape=[2,2], pads=[1,1,1,1], strides=[2,2]}\noutput z\n",
             runs, outputs, reads, kernel, kernel, outputs, kernel, kernel, stride, stride,
             dilation, dilation, pad, pad, pad, pad);
    check_frame(&frame, tail);
}
END_TEST

/* What else may read a frame, alone and beside a convolution. */
static const char *const readers[] = {
    "y = Relu(p)\noutput y\n",
    "y = Identity(p)\noutput y\n",
    "y = MaxPool(p) {kernel_shape=[3,3], pads=[1,1,1,1]}\noutput y\n",
    "y = Transpose(p) {perm=[0,2,3,1]}\noutput y\n",
    "c = ChannelView(p) {runs=[0:2+3*-1]}\ny = Mul(c, p)\noutput y\n",
    "const w: float32[3,1,3,3] = random(2)\ny = Conv(p, w) {group=3, pads=[1,1,1,1]}\noutput y\n",
    "const w: float32[6,1,1,1] = random(2)\ny = Conv(p, w) {group=3}\noutput y\n",
    "const w: float32[8,3,3,3] = random(2)\ny = Conv(p, w) {pads=[1,1,1,1]}\nz = Relu(p)\n"
    "u = Conv(p, w) {strides=[2,2], pads=[1,1,1,1]}\noutput y\noutput z\noutput u\n",
    "c = ChannelView(p) {runs=[0:1+1, 0:0+1, 0:2+1]}\nconst w: float32[8,3,1,1] = random(2)\n"
    "y = Conv(c, w)\noutput y\n",
    "c = Concat(p, p) {axis=1}\nconst w: float32[8,6,1,1] = random(2)\ny = Conv(c, w)\noutput y\n",
};

START_TEST(test_readers) {
    for (int planes = 0; planes < 2; planes++) {
        struct frame frame = {"rgb", 3, planes, 1 + planes, 7, 21};
        check_frame(&frame, readers[_i]);
    }
}
END_TEST

/* Wider than what is made at once of small ones. */
START_TEST(test_wide) {
    struct frame frame = {"bgr", 3, _i, 1, 11, 3000};
    check_frame(&frame, "const w: float32[2,3,3,3] = random(2)\n"
                        "y = Conv(p, w) {strides=[2,2], pads=[1,1,1,1]}\noutput y\n");
}
END_TEST

/* Windows that lie in the padding alone. */
START_TEST(test_far_padding) {
    struct frame frame = {"rgb", 3, _i, 1, 4, 5};
    check_frame(&frame, "const w: float32[2,3,2,2] = random(2)\n"
                        "y = Conv(p, w) {pads=[5,5,5,5]}\noutput y\n");
}
END_TEST

/* ---- the interface ---- */

static const char stem[] = "const w: float32[2,3,3,3] = random(2)\ny = Conv(p, w)\noutput y\n";

START_TEST(test_queries) {
    struct frame frame = {"bgra", 4, false, 2, 7, 9};
    char text[MOST_TEXT];
    strcpy(text + write_head(text, &frame, false), "y = Relu(p)\noutput y\n");
    struct snv2_model *model = open_text(text);
    const struct snv2_frame_info *info = snv2_input_frame(model, 0);
    ck_assert_ptr_nonnull(info);
    ck_assert_int_eq(info->layout, SNV2_LAYOUT_NHWC);
    ck_assert_int_eq(info->pixels, SNV2_PIXELS_BGRA);
    ck_assert_int_eq(info->images, 2);
    ck_assert_int_eq(info->height, 7);
    ck_assert_int_eq(info->width, 9);
    ck_assert_int_eq(info->channels, 4);
    ck_assert_uint_eq(info->row_bytes, 36);
    ck_assert_int_eq(snv2_input(model, 0)->dtype, 2);
    ck_assert_uint_eq(snv2_input(model, 0)->bytes, 2 * 7 * 36);
    ck_assert_ptr_null(snv2_input_frame(model, 1));
    ck_assert_ptr_null(snv2_input_frame(model, -1));
    ck_assert_int_eq(snv2_label_count(model, 0), 0);
    ck_assert_ptr_null(snv2_label(model, 0, 0));
    snv2_close(model);

    strcpy(text + write_head(text, &frame, true), "y = Relu(p)\noutput y\n");
    model = open_text(text);
    ck_assert_ptr_null(snv2_input_frame(model, 0));
    snv2_close(model);
}
END_TEST

START_TEST(test_refused_strides) {
    static const struct {
        bool planes, numbers;
        struct snv2_frame frame;
        enum snv2_status status;
    } cases[] = {
        {false, false, {.row_stride = 27}, SNV2_OK},
        {false, false, {.row_stride = 26}, SNV2_USAGE},
        {false, false, {.row_stride = -26}, SNV2_USAGE},
        {false, false, {.plane_stride = 27 * 7}, SNV2_USAGE},
        {true, false, {.row_stride = 9}, SNV2_OK},
        {true, false, {.row_stride = 8}, SNV2_USAGE},
        {false, true, {.row_stride = 0}, SNV2_OK},
        {false, true, {.row_stride = 9 * 4}, SNV2_USAGE},
        {false, true, {.image_stride = 1}, SNV2_USAGE},
    };
    static float memory[3 * 7 * 9], output[2 * 5 * 7];
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct frame frame = {"rgb", 3, cases[i].planes, 1, 7, 9};
        char text[MOST_TEXT];
        strcpy(text + write_head(text, &frame, cases[i].numbers), stem);
        struct snv2_model *model = open_text(text);
        struct snv2_context *context;
        struct snv2_frame input = cases[i].frame;
        void *outputs[] = {output};
        input.data = memory;
        CHECK_OK(snv2_context_new(model, NULL, &context, &diagnostic));
        memset(output, 0xff, sizeof output);
        ck_assert_int_eq(snv2_run_frames(context, &input, outputs), cases[i].status);
        ck_assert_int_eq(isnan(output[0]) != 0, cases[i].status != SNV2_OK);
        snv2_context_free(context);
        snv2_close(model);
    }
}
END_TEST

START_TEST(test_labels) {
    static const char *const names[] = {"cat", "d\xc3\xb6g"};
    static const char text[] = "graph g\ninput p: float32[1,2]\ny = Relu(p)\nz = Tanh(p)\n"
                               "output y\noutput z\n";
    struct program *program;
    struct snv2_model *model;
    const void *bytes;
    size_t size;
    convert(text, &program, &size);
    CHECK_OK(add_labels(program, 1, names, 2, &arena, &diagnostic));
    CHECK_OK(emit_blob(program, NULL, 0, &arena, &bytes, &size, &diagnostic));
    CHECK_OK(snv2_open_memory(bytes, size, &model, &diagnostic));
    ck_assert_int_eq(snv2_label_count(model, 0), 0);
    ck_assert_int_eq(snv2_label_count(model, 1), 2);
    ck_assert_int_eq(snv2_label_count(model, 2), 0);
    ck_assert_int_eq(snv2_label_count(model, -1), 0);
    ck_assert_str_eq(snv2_label(model, 1, 0), names[0]);
    ck_assert_str_eq(snv2_label(model, 1, 1), names[1]);
    ck_assert_ptr_null(snv2_label(model, 1, 2));
    ck_assert_ptr_null(snv2_label(model, 1, -1));
    ck_assert_ptr_null(snv2_label(model, 0, 0));
    snv2_close(model);
    struct snv2_blob_label *labels =
        (void *)((char *)(uintptr_t)bytes +
                 blob_entry((unsigned char *)(uintptr_t)bytes, SNV2_SECTION_LABELS)->offset);
    static const struct snv2_blob_label bad[] = {{0, 0}, {2, 0}, {1, 1 << 20}, {1, 2}};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct snv2_blob_label kept = labels[1];
        labels[1] = bad[i];
        blob_seal((unsigned char *)(uintptr_t)bytes, size);
        ck_assert_int_eq(snv2_open_memory(bytes, size, &model, &diagnostic), SNV2_BAD_MODEL);
        labels[1] = kept;
    }
}
END_TEST

/* ---- blobs that lie ---- */

/* The records of a model of one convolution of a frame [1,7,9,3]. */
struct records {
    struct snv2_blob_tensor *tensors; /* 0: the frame, 1: the output, then the view */
    struct snv2_blob_run *runs;
    struct snv2_blob_command *commands;
    struct snv2_blob_frame *frame;
};

static struct records find_records(unsigned char *bytes) {
    return (struct records){
        .tensors = (void *)(bytes + blob_entry(bytes, SNV2_SECTION_TENSORS)->offset),
        .runs = (void *)(bytes + blob_entry(bytes, SNV2_SECTION_RUNS)->offset),
        .commands = (void *)(bytes + blob_entry(bytes, SNV2_SECTION_COMMANDS)->offset),
        .frame = (void *)(bytes + blob_entry(bytes, SNV2_SECTION_FRAMES)->offset),
    };
}

START_TEST(test_bad_records) {
    struct frame frame = {"rgb", 3, false, 1, 7, 9};
    char text[MOST_TEXT];
    struct program *program;
    struct snv2_model *model;
    size_t size;
    strcpy(text + write_head(text, &frame, false), stem);
#define CASE(change, part)                                                                         \
    {                                                                                              \
        unsigned char *bytes = convert(text, &program, &size);                                     \
        struct records records = find_records(bytes);                                              \
        struct snv2_blob_tensor *input = &records.tensors[0];                                      \
        struct snv2_blob_tensor *view = &records.tensors[records.runs[0].tensor];                  \
        change;                                                                                    \
        (void)input, (void)view;                                                                   \
        blob_seal(bytes, size);                                                                    \
        ck_assert_msg(snv2_open_memory(bytes, size, &model, &diagnostic) == SNV2_BAD_MODEL, part); \
        ck_assert_msg(strstr(diagnostic.message, part), "%s: %s", part, diagnostic.message);       \
    }
    CASE(records.frame->input = 1, "no such graph input")
    CASE(records.frame->input = UINT32_MAX, "no such graph input")
    CASE(records.frame->layout = 2, "unknown layout")
    CASE(records.frame->pixels = 5, "unknown layout or pixels")
    CASE(records.frame->pixels = 255, "unknown layout or pixels")
    CASE(records.frame->reserved = 1, "unknown layout")
    CASE(records.frame->pixels = SNV2_PIXELS_GRAY, "other channels")
    CASE(records.frame->pixels = SNV2_PIXELS_RGBA, "other channels")
    CASE(records.frame->layout = SNV2_LAYOUT_NCHW, "other channels")
    CASE(records.frame->scale[1] = NAN, "not finite")
    CASE(records.frame->shift[2] = INFINITY, "not finite")
    CASE(records.frame->scale[3] = 1, "of no channel")
    CASE(input->dtype = 1, "do not hold its dims")
    CASE(view->dtype = 1, "another type than its owner")
    CASE(view->offset = 1, "reaches past its owner")
    CASE((view->dims[2] = 6, view->bytes -= 27), "not all of them")
    CASE((view->strides[1] = 0, view->dims[1] = 3, view->bytes -= 2), "not all of them")
    CASE((view->owner = 1, view->place = SNV2_PLACE_OUTPUT), "not float32")
    CASE(records.tensors[1].dtype = 2, "not float32")
    CASE(records.runs[0].tensor = 0, "not [N,C,H,W]")
    CASE(records.runs[0].count = 4, "past the tensor's channels")
    CASE(records.commands[0].opcode = SNV2_OPCODE_MAX_POOL, "bytes are read by CONV")
    CASE(records.commands[0].opcode = SNV2_OPCODE_DEPTHWISE, "bytes are read by CONV")
    CASE(records.commands[0].group = 3, "bytes are read by CONV")
    CASE(blob_entry(bytes, SNV2_SECTION_FRAMES)->kind = 0x8000, "has no frame")
#undef CASE
}
END_TEST

int main(void) {
    Suite *suite = suite_create("frames");
    TCase *bits = tcase_create("bits"), *interface = tcase_create("interface");
    tcase_set_timeout(bits, 120);
    tcase_add_checked_fixture(bits, set_up, tear_down);
    tcase_add_loop_test(bits, test_convolution, 0, 40);
    tcase_add_loop_test(bits, test_readers, 0, (int)(sizeof readers / sizeof *readers));
    tcase_add_loop_test(bits, test_wide, 0, 2);
    tcase_add_loop_test(bits, test_far_padding, 0, 2);
    suite_add_tcase(suite, bits);
    tcase_add_checked_fixture(interface, set_up, tear_down);
    tcase_add_test(interface, test_queries);
    tcase_add_test(interface, test_refused_strides);
    tcase_add_test(interface, test_labels);
    tcase_add_test(interface, test_bad_records);
    suite_add_tcase(suite, interface);
    return tap_run(suite);
}
