/* snv2-run: runs a native model on files. Command line in, run_model. */
#include "snv2/blob.h"
#include "cli/program.h"
#include "run/run.h"

#include <stdlib.h>

enum long_option {
    OPTION_MEAN = CLI_LONG,
    OPTION_STD,
    OPTION_SCALE,
    OPTION_BGR,
    OPTION_TOP,
    OPTION_LABELS,
    OPTION_INFO,
    OPTION_THREADS,
    OPTION_IMAGES,
    OPTION_NO_FUSE,
    OPTION_PROFILE,
    OPTION_JSON,
};

static const struct cli_option option_table[] = {
    {0, NULL, NULL, "Files"},
    {'i', "input", "[NAME=]FILE",
     "an input: .npy, .f32 (raw float32), .u8 (raw bytes of a frame), .pb (TensorProto), or a "
     "picture: .png, .jpg, .jpeg, .pgm, .ppm; without NAME in the order of the inputs; may be "
     "repeated"},
    {'o', "output", "[NAME=]FILE",
     "write an output to this .npy, .f32 or .pb; without NAME in the order of the outputs; may be "
     "repeated"},
    {0, NULL, NULL, "Pictures, resized to the input: value = (pixel * scale - mean) / std"},
    {OPTION_SCALE, "scale", "X", "1/255 if not given; white is 255"},
    {OPTION_MEAN, "mean", "X[,X,X]", "one for all channels or one for each; 0 if not given"},
    {OPTION_STD, "std", "X[,X,X]", "one for all channels or one for each; 1 if not given"},
    {OPTION_BGR, "bgr", NULL, "the network reads blue first; so do --mean and --std"},
    {0, NULL, NULL, "Execution"},
    {OPTION_THREADS, "threads", "N", "use N threads; 1 if not given"},
    {OPTION_IMAGES, "images", "N",
     "run N images, where the model is planned for as many or more; the most if not given"},
    {OPTION_NO_FUSE, "no-fuse", NULL,
     "run every command by itself, also where some as one would be faster"},
    {0, NULL, NULL, "Report"},
    {OPTION_TOP, "top", "K", "print the K largest values of each row of an output"},
    {OPTION_LABELS, "labels", "FILE",
     "names of the classes for --top, one a line, in place of the model's"},
    {OPTION_INFO, "info", NULL, "print what the model is and how it will run; run nothing"},
    {OPTION_PROFILE, "profile", NULL, "print where the time of a run goes, by kinds of commands"},
    {OPTION_JSON, "json", NULL, "print the report as JSON"},
    {'q', "quiet", NULL, "print errors only"},
    CLI_HELP_OPTION,
    CLI_VERSION_OPTION,
};

static const struct cli_program program = {
    .name = "snv2-run",
    .operands = "MODEL.snv2",
    .purpose = "Runs a native model that snv2-convert has made.",
    .options = option_table,
    .option_count = sizeof option_table / sizeof *option_table,
    .epilogue = "Exit status: 0 ok, 64 wrong usage, 65 bad model or input, 66 no input,\n"
                "69 unsupported, 70 a bug of ours, 71 out of memory, 73 cannot create the output,\n"
                "74 input or output error, 77 permission denied.\n",
};

struct settings {
    struct run_settings run;
    const char **inputs, **outputs; /* room for one for each word of the command line */
};

static enum snv2_status parse_scale(const char *argument, double *scale,
                                    struct snv2_diagnostic *diagnostic) {
    struct channel_values values;
    enum snv2_status status = parse_channel_values("--scale", argument, &values, diagnostic);
    if (status == SNV2_OK && values.count != 1)
        return diagnose(diagnostic, SNV2_USAGE, "option '--scale': '%s' is not one number",
                        argument);
    *scale = values.values[0];
    return status;
}

static enum snv2_status parse_std(const char *argument, struct channel_values *std,
                                  struct snv2_diagnostic *diagnostic) {
    enum snv2_status status = parse_channel_values("--std", argument, std, diagnostic);
    for (int i = 0; i < std->count && status == SNV2_OK; i++)
        if (std->values[i] == 0)
            status = diagnose(diagnostic, SNV2_USAGE, "option '--std': it may not be 0");
    return status;
}

static enum snv2_status parse_count(const char *option, const char *argument, int64_t most,
                                    int *count, struct snv2_diagnostic *diagnostic) {
    int64_t number = 1;
    enum snv2_status status = cli_integer(option, argument, 1, most, &number, diagnostic);
    *count = (int)number;
    return status;
}

static enum snv2_status handle_option(void *user, int code, const char *argument,
                                      struct snv2_diagnostic *diagnostic) {
    struct settings *settings = user;
    struct run_settings *run = &settings->run;
    run->for_picture = run->for_picture || (code >= OPTION_MEAN && code <= OPTION_BGR);
    switch (code) {
    case 'i':
        settings->inputs[run->input_count++] = argument;
        return SNV2_OK;
    case 'o':
        settings->outputs[run->output_count++] = argument;
        return SNV2_OK;
    case 'q':
        run->quiet = true;
        return SNV2_OK;
    case OPTION_MEAN:
        return parse_channel_values("--mean", argument, &run->preprocessing.mean, diagnostic);
    case OPTION_STD:
        return parse_std(argument, &run->preprocessing.std, diagnostic);
    case OPTION_SCALE:
        return parse_scale(argument, &run->preprocessing.scale, diagnostic);
    case OPTION_BGR:
        run->preprocessing.bgr = true;
        return SNV2_OK;
    case OPTION_TOP:
        return cli_integer("--top", argument, 1, RANKING_MAX, &run->top, diagnostic);
    case OPTION_LABELS:
        run->labels_file = argument;
        return SNV2_OK;
    case OPTION_INFO:
        run->info = true;
        return SNV2_OK;
    case OPTION_THREADS:
        return parse_count("--threads", argument, 256, &run->threads, diagnostic);
    case OPTION_IMAGES:
        return parse_count("--images", argument, SNV2_BLOB_MAX_IMAGES, &run->images, diagnostic);
    case OPTION_NO_FUSE:
        run->no_fuse = true;
        return SNV2_OK;
    case OPTION_PROFILE:
        run->profile = true;
        return SNV2_OK;
    case OPTION_JSON:
        run->json = true;
        return SNV2_OK;
    default:
        return diagnose(diagnostic, SNV2_INTERNAL, "an option is in the table and not handled");
    }
}

/* The operand, and what options need of each other. */
static enum snv2_status settle(struct run_settings *run, int count, char **operands,
                               struct snv2_diagnostic *diagnostic) {
    if (count != 1)
        return diagnose(diagnostic, SNV2_USAGE, "%s",
                        count ? "there is more than one model" : "there is no model");
    if (run->labels_file && !run->top)
        return diagnose(diagnostic, SNV2_USAGE, "--labels needs --top");
    if (run->info && (run->input_count || run->output_count))
        return diagnose(diagnostic, SNV2_USAGE,
                        "--info runs nothing: leave out inputs and outputs");
    if (run->profile && (run->info || run->json || run->top))
        return diagnose(diagnostic, SNV2_USAGE,
                        "--profile is a report of its own: leave out --info, --json and --top");
    run->model = operands[0];
    return SNV2_OK;
}

static int run(int argc, char **argv, struct settings *settings) {
    struct snv2_diagnostic diagnostic = {.offset = -1};
    int first;
    bool done;
    enum snv2_status status =
        cli_parse(&program, argc, argv, handle_option, settings, &first, &done, &diagnostic);
    if (status == SNV2_OK && !done)
        status = settle(&settings->run, argc - first, argv + first, &diagnostic);
    if (status != SNV2_OK)
        return cli_usage_error(&program, &diagnostic);
    if (!done)
        status = run_model(&settings->run, &diagnostic);
    return cli_end(&program, status, &diagnostic);
}

int main(int argc, char **argv) {
    struct snv2_diagnostic diagnostic;
    struct arena arena;
    cli_begin();
    arena_init(&arena, UINT64_MAX);
    struct settings settings = {
        .run = {.preprocessing = default_preprocessing, .threads = 1},
        .inputs = arena_alloc(&arena, (size_t)argc, sizeof *settings.inputs),
        .outputs = arena_alloc(&arena, (size_t)argc, sizeof *settings.outputs),
    };
    settings.run.inputs = settings.inputs;
    settings.run.outputs = settings.outputs;
    int status = settings.inputs && settings.outputs
                     ? run(argc, argv, &settings)
                     : cli_end(&program, diagnose_no_memory(&diagnostic), &diagnostic);
    arena_free(&arena);
    return status;
}
