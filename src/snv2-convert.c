/* snv2-convert: an ONNX model to a native one. Command line in, convert_model, report out. */
#include "base/arena.h"
#include "snv2/blob.h"
#include "cli/color.h"
#include "cli/input_shape.h"
#include "cli/program.h"
#include "convert/convert.h"
#include "convert/list_operators.h"
#include "report/json.h"
#include "report/text.h"

#include <string.h>
#include <unistd.h>

enum long_option {
    OPTION_INPUT_SHAPE = CLI_LONG,
    OPTION_INPUT,
    OPTION_LABELS,
    OPTION_BATCH,
    OPTION_FREEZE,
    OPTION_CUT,
    OPTION_EMIT,
    OPTION_FREESTANDING,
    OPTION_WEIGHTS,
    OPTION_LIST_OPS,
    OPTION_NO_VERIFY,
    OPTION_SEED,
    OPTION_VERIFY_WEIGHTS,
    OPTION_VERIFY_DATA,
    OPTION_CHECK_PASSES,
    OPTION_LIST_PASSES,
    OPTION_SKIP_PASS,
    OPTION_JSON,
    OPTION_COLOR,
};

static const struct cli_option option_table[] = {
    {0, NULL, NULL, "Conversion"},
    {'o', "output", "FILE",
     "the native model; MODEL with .snv2 for .onnx if not given. [NAME]:softmax or [NAME]:argmax "
     "is no file: it puts that behind an output, over its classes or with ,axis=N; may be "
     "repeated"},
    {OPTION_INPUT, "input", "[NAME:]u8,WORD,...",
     "the input takes pictures of bytes, which the network scales by itself. WORDs: nhwc or nchw; "
     "gray, rgb, bgr, rgba or bgra; reads=bgr; scale=X, 1/255 if not given; mean=X/X/X; std=X/X/X; "
     "may be repeated"},
    {OPTION_LABELS, "labels", "[NAME=]FILE",
     "keep the names of an output's classes, one a line, in the native model"},
    {OPTION_INPUT_SHAPE, "input-shape", "NAME:D0,D1,...",
     "the shape of an input that the model leaves open, as input:1,3,224,224; the name may be left "
     "out where there is one input; may be repeated"},
    {OPTION_BATCH, "batch", "N",
     "plan for N images, of which a run may take fewer: the first dimension of each input where "
     "the "
     "model leaves it open or says 1"},
    {OPTION_FREEZE, "freeze", "NAME=FILE.pb",
     "make an input a constant, from a TensorProto file; may be repeated"},
    {OPTION_CUT, "cut", "NAME",
     "convert the part before this value, which becomes an output; may be repeated"},
    {OPTION_EMIT, "emit", "KIND=PATH",
     "also write onnx=FILE, the optimized network as plain ONNX, or c=DIR, the network as C99 "
     "sources (c-main=DIR: and a program to try them); the native model is then written only with "
     "--output; may be repeated"},
    {OPTION_WEIGHTS, "weights", "f16|bf16",
     "round the weights of convolutions and fully connected layers to halves, which take half the "
     "memory; what is computed stays float32"},
    {OPTION_FREESTANDING, "freestanding", NULL, "C sources do without libm"},
    {OPTION_LIST_OPS, "list-ops", NULL,
     "print the operators that are supported, with their opsets"},
    {0, NULL, NULL, "Check, made before anything is written"},
    {OPTION_NO_VERIFY, "no-verify", NULL, "do not check on seeded inputs"},
    {OPTION_SEED, "seed", "N", "seed of the inputs and of random weights; 1 if not given"},
    {OPTION_VERIFY_WEIGHTS, "verify-weights", "random",
     "check once more, with random weights in place of the model's: constant ones hide errors"},
    {OPTION_VERIFY_DATA, "verify-data", "DIR",
     "check on input_K.pb and output_K.pb of this folder too; shapes that the model leaves open "
     "are taken from them"},
    {0, NULL, NULL, "Passes"},
    {OPTION_CHECK_PASSES, "check-passes", NULL,
     "compare the graph with the original after each pass, and name the pass and node that differ "
     "first"},
    {OPTION_LIST_PASSES, "list-passes", NULL, "print letter, name and purpose of each pass"},
    {OPTION_SKIP_PASS, "skip-pass", "NAME", "leave a pass out; may be repeated"},
    {'d', "dump", "LETTERS", "print the graph to standard error after each of these passes"},
    {0, NULL, NULL, "Report"},
    {OPTION_JSON, "json", "FILE", "write the report as JSON; - is standard output, without table"},
    {'q', "quiet", NULL, "print errors only"},
    {OPTION_COLOR, "color", "WHEN", "auto, always or never"},
    CLI_HELP_OPTION,
    CLI_VERSION_OPTION,
};

static const struct cli_program program = {
    .name = "snv2-convert",
    .operands = "MODEL.onnx",
    .purpose = "Compiles a convolutional network from ONNX to a native model for snv2-run and "
               "libsnv2, and checks that it computes the same. MODEL may be - for standard input.",
    .options = option_table,
    .option_count = sizeof option_table / sizeof *option_table,
    .epilogue = "Exit status: 0 ok, 1 a check failed (nothing is written), 64 wrong usage,\n"
                "65 bad model, 66 no input, 69 unsupported, 70 a bug of ours, 71 out of memory,\n"
                "73 cannot create the output, 74 input or output error, 77 permission denied.\n",
};

struct settings {
    struct convert_options convert;
    bool *skip;                 /* by pass */
    struct input_shape *shapes; /* room for one for each word of the command line */
    struct arena *arena;
    const char *json;
    enum color_when color;
    struct frozen_input *frozen;       /* the same */
    const char **cuts;                 /* the same */
    struct emission *emissions;        /* the same */
    struct frame_option *frames;       /* the same */
    struct function_option *functions; /* the same */
    bool list_passes, list_ops, quiet;
};

/* "NAME=FILE": the file stands behind the last "=", for names may hold one. */
static enum snv2_status parse_freeze(struct settings *settings, const char *argument,
                                     struct snv2_diagnostic *diagnostic) {
    const char *equals = strrchr(argument, '=');
    if (!equals || equals == argument || !equals[1])
        return diagnose(diagnostic, SNV2_USAGE, "option '--freeze': '%s' is not NAME=FILE.pb",
                        argument);
    const char *name = arena_strndup(settings->arena, argument, (size_t)(equals - argument));
    if (!name)
        return diagnose_no_memory(diagnostic);
    settings->frozen[settings->convert.onnx.frozen_input_count++] =
        (struct frozen_input){name, equals + 1};
    return SNV2_OK;
}

static enum snv2_status parse_skip(struct settings *settings, const char *name,
                                   struct snv2_diagnostic *diagnostic) {
    int pass = pass_find(name);
    if (pass >= 0) {
        settings->skip[pass] = true;
        return SNV2_OK;
    }
    const char *names = "";
    for (int i = 0; i < pass_count && names; i++)
        names = arena_printf(settings->arena, "%s%s%s", names, i ? ", " : "", pass_list[i].name);
    if (!names)
        return diagnose_no_memory(diagnostic);
    return diagnose(diagnostic, SNV2_USAGE, "no pass is named '%s'; the passes are: %s", name,
                    names);
}

static enum snv2_status parse_dump(struct settings *settings, const char *letters,
                                   struct snv2_diagnostic *diagnostic) {
    const char *known = "";
    for (int i = 0; i < pass_count && known; i++)
        known = arena_printf(settings->arena, "%s%c", known, pass_list[i].letter);
    if (!known)
        return diagnose_no_memory(diagnostic);
    size_t valid = strspn(letters, known);
    if (letters[valid])
        return diagnose(diagnostic, SNV2_USAGE,
                        "option '--dump': no pass has the letter '%c'; the letters are: %s",
                        letters[valid], known);
    settings->convert.dump_letters = letters;
    return SNV2_OK;
}

static enum snv2_status parse_seed(const char *argument, uint64_t *seed,
                                   struct snv2_diagnostic *diagnostic) {
    int64_t number = 0;
    enum snv2_status status = cli_integer("--seed", argument, 0, INT64_MAX, &number, diagnostic);
    *seed = (uint64_t)number;
    return status;
}

static enum snv2_status handle_option(void *user, int code, const char *argument,
                                      struct snv2_diagnostic *diagnostic) {
    struct settings *settings = user;
    struct convert_options *convert = &settings->convert;
    switch (code) {
    case 'o':
        if (is_function_option(argument))
            return parse_function_option(argument, settings->arena,
                                         &settings->functions[convert->ports.function_count++],
                                         diagnostic);
        convert->output = argument;
        return SNV2_OK;
    case 'd':
        return parse_dump(settings, argument, diagnostic);
    case 'q':
        settings->quiet = true;
        return SNV2_OK;
    case OPTION_INPUT_SHAPE:
        return parse_input_shape(argument, settings->arena,
                                 &settings->shapes[convert->onnx.input_shape_count++], diagnostic);
    case OPTION_INPUT:
        return parse_frame_option(argument, settings->arena,
                                  &settings->frames[convert->ports.frame_count++], diagnostic);
    case OPTION_LABELS:
        convert->ports.labels = argument;
        return SNV2_OK;
    case OPTION_BATCH:
        return cli_integer("--batch", argument, 1, SNV2_BLOB_MAX_IMAGES, &convert->onnx.images,
                           diagnostic);
    case OPTION_FREEZE:
        return parse_freeze(settings, argument, diagnostic);
    case OPTION_CUT:
        settings->cuts[convert->onnx.cut_count++] = argument;
        return SNV2_OK;
    case OPTION_EMIT:
        return parse_emission(argument, &settings->emissions[convert->emission_count++],
                              diagnostic);
    case OPTION_LIST_OPS:
        settings->list_ops = true;
        return SNV2_OK;
    case OPTION_NO_VERIFY:
        convert->verify = false;
        return SNV2_OK;
    case OPTION_SEED:
        return parse_seed(argument, &convert->seed, diagnostic);
    case OPTION_VERIFY_WEIGHTS:
        convert->random_weights = true;
        if (strcmp(argument, "random") == 0)
            return SNV2_OK;
        return diagnose(diagnostic, SNV2_USAGE, "option '--verify-weights': '%s' is not random",
                        argument);
    case OPTION_VERIFY_DATA:
        convert->data_folder = argument;
        return SNV2_OK;
    case OPTION_CHECK_PASSES:
        convert->check_passes = true;
        return SNV2_OK;
    case OPTION_LIST_PASSES:
        settings->list_passes = true;
        return SNV2_OK;
    case OPTION_FREESTANDING:
        convert->freestanding = true;
        return SNV2_OK;
    case OPTION_WEIGHTS:
        return parse_half_type(argument, &convert->halves, diagnostic);
    case OPTION_SKIP_PASS:
        return parse_skip(settings, argument, diagnostic);
    case OPTION_JSON:
        settings->json = argument;
        return SNV2_OK;
    case OPTION_COLOR:
        return parse_color(argument, &settings->color, diagnostic);
    default:
        return diagnose(diagnostic, SNV2_INTERNAL, "an option is in the table and not handled");
    }
}

/* MODEL.snv2 for MODEL.onnx, in the same folder. */
static enum snv2_status default_output(struct settings *settings,
                                       struct snv2_diagnostic *diagnostic) {
    static const char extension[] = ".onnx";
    const char *model = settings->convert.model;
    size_t length = strlen(model);
    if (strcmp(model, "-") == 0)
        return diagnose(diagnostic, SNV2_USAGE,
                        "a model on standard input needs --output=FILE: it has no name");
    if (length > strlen(extension) && strcmp(model + length - strlen(extension), extension) == 0)
        length -= strlen(extension);
    settings->convert.output = arena_printf(settings->arena, "%.*s.snv2", (int)length, model);
    return settings->convert.output ? SNV2_OK : diagnose_no_memory(diagnostic);
}

/* The operand, and what options forbid together. */
static enum snv2_status settle(struct settings *settings, int count, char **operands,
                               struct snv2_diagnostic *diagnostic) {
    struct convert_options *convert = &settings->convert;
    if (settings->list_passes || settings->list_ops)
        return SNV2_OK;
    if (count != 1)
        return diagnose(diagnostic, SNV2_USAGE, "%s",
                        count ? "there is more than one model" : "there is no model");
    convert->model = operands[0];
    if (!convert->output && convert->emission_count == 0) {
        enum snv2_status status = default_output(settings, diagnostic);
        if (status != SNV2_OK)
            return status;
    }
    if (convert->output && strcmp(convert->output, "-") == 0)
        return diagnose(diagnostic, SNV2_USAGE, "a native model is not written to standard output");
    if (settings->json && convert->output && strcmp(convert->output, settings->json) == 0)
        return diagnose(diagnostic, SNV2_USAGE, "model and report cannot both be '%s'",
                        settings->json);
    for (int i = 0; i < convert->emission_count; i++) {
        const char *path = convert->emissions[i].path;
        if (strcmp(path, "-") == 0)
            return diagnose(diagnostic, SNV2_USAGE, "--emit does not write to standard output");
        if ((convert->output && strcmp(path, convert->output) == 0) ||
            (settings->json && strcmp(path, settings->json) == 0))
            return diagnose(diagnostic, SNV2_USAGE, "two files cannot both be '%s'", path);
    }
    return SNV2_OK;
}

static void list_passes(void) {
    for (int i = 0; i < pass_count; i++)
        printf("%c  %-30s  %s\n", pass_list[i].letter, pass_list[i].name, pass_list[i].summary);
}

/* The conversion and its reports. A report that cannot be written fails what went well. */
static enum snv2_status convert(const struct settings *settings,
                                struct snv2_diagnostic *diagnostic) {
    struct convert_report report;
    bool json_only = settings->json && strcmp(settings->json, "-") == 0;
    enum snv2_status status =
        convert_model(&settings->convert, settings->arena, &report, diagnostic);
    if (!settings->quiet && !json_only)
        report_text(&settings->convert, &report, use_color(settings->color, STDOUT_FILENO), stdout);
    if (settings->json) {
        struct snv2_diagnostic failure;
        enum snv2_status written =
            report_json(&settings->convert, &report, diagnostic, settings->json, &failure);
        if (status == SNV2_OK && written != SNV2_OK) {
            *diagnostic = failure;
            status = written;
        }
    }
    return status;
}

static int run(int argc, char **argv, struct arena *arena) {
    struct snv2_diagnostic diagnostic = {.offset = -1};
    struct settings settings = {
        .convert = {.passes = pass_list,
                    .pass_count = pass_count,
                    .dump = stderr,
                    .verify = true,
                    .seed = 1},
        .skip = arena_alloc(arena, (size_t)pass_count, sizeof *settings.skip),
        .shapes = arena_alloc(arena, (size_t)argc, sizeof *settings.shapes),
        .frozen = arena_alloc(arena, (size_t)argc, sizeof *settings.frozen),
        .cuts = arena_alloc(arena, (size_t)argc, sizeof *settings.cuts),
        .emissions = arena_alloc(arena, (size_t)argc, sizeof *settings.emissions),
        .frames = arena_alloc(arena, (size_t)argc, sizeof *settings.frames),
        .functions = arena_alloc(arena, (size_t)argc, sizeof *settings.functions),
        .arena = arena,
    };
    if (!settings.skip || !settings.shapes || !settings.frozen || !settings.cuts ||
        !settings.emissions || !settings.frames || !settings.functions)
        return cli_end(&program, diagnose_no_memory(&diagnostic), &diagnostic);
    settings.convert.skip = settings.skip;
    settings.convert.onnx.input_shapes = settings.shapes;
    settings.convert.onnx.frozen_inputs = settings.frozen;
    settings.convert.onnx.cuts = settings.cuts;
    settings.convert.emissions = settings.emissions;
    settings.convert.ports.frames = settings.frames;
    settings.convert.ports.functions = settings.functions;

    int first;
    bool done;
    enum snv2_status status =
        cli_parse(&program, argc, argv, handle_option, &settings, &first, &done, &diagnostic);
    if (status == SNV2_OK && !done)
        status = settle(&settings, argc - first, argv + first, &diagnostic);
    if (status != SNV2_OK)
        return cli_usage_error(&program, &diagnostic);
    if (settings.list_passes && !done)
        list_passes();
    else if (settings.list_ops && !done)
        status = list_operators(stdout) ? SNV2_OK : diagnose_no_memory(&diagnostic);
    else if (!done)
        status = convert(&settings, &diagnostic);
    return cli_end(&program, status, &diagnostic);
}

int main(int argc, char **argv) {
    struct arena arena;
    cli_begin();
    arena_init(&arena, UINT64_MAX);
    int status = run(argc, argv, &arena);
    arena_free(&arena);
    return status;
}
