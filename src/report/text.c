/* The report of a conversion for a person; see text.h.
 *
 *   model.onnx: opset 17, IR 8, pytorch 2.0, 1.53 MB
 *
 *   operator              before    after
 *   Concat                    16        -
 *   Conv                      56       56
 *   all nodes, commands      214       59
 *   ...
 *   data moved           3.80 MB      0 B
 *
 *   blob 1.55 MB, arena 1.20 MB: 13 units, 3 stage openings, 1 stem, 1 tail
 *   copies: none
 *   ...
 */
#include "report/text.h"

#include "report/amount.h"
#include "report/print.h"
#include "report/text_check.h"

#include <inttypes.h>
#include <string.h>

enum { LABEL_COLUMNS = 22, NUMBER_COLUMNS = 10 };

static void print_source(const struct printer *printer, const struct convert_options *options,
                         const struct onnx_info *source) {
    char name[PRINTED_NAME], producer[PRINTED_NAME], bytes[AMOUNT_TEXT];
    print_styled(printer, STYLE_BOLD, printed_name(options->model, name));
    fprintf(printer->stream, ": opset %" PRId64 ", IR %" PRId64 "%s%s, %s\n\n", source->opset,
            source->ir_version, *source->producer ? ", " : "",
            printed_name(source->producer, producer),
            format_amount(source->file_bytes, "B", bytes));
}

static void print_row(const struct printer *printer, const char *label, const char *before,
                      const char *after) {
    print_padded(printer, label, LABEL_COLUMNS);
    fprintf(printer->stream, "%*s%*s\n", NUMBER_COLUMNS, before, NUMBER_COLUMNS, after);
}

static void print_amounts(const struct printer *printer, const char *label, uint64_t before,
                          uint64_t after, const char *unit) {
    char texts[2][AMOUNT_TEXT];
    print_row(printer, label, format_amount(before, unit, texts[0]),
              format_amount(after, unit, texts[1]));
}

/* A count of operators, "-" for none. */
static const char *format_count(int32_t count, char text[AMOUNT_TEXT]) {
    snprintf(text, AMOUNT_TEXT, count ? "%" PRId32 : "-", count);
    return text;
}

static void print_statistics(const struct printer *printer, const struct statistics *before,
                             const struct statistics *after) {
    char heading[64], texts[2][AMOUNT_TEXT];
    snprintf(heading, sizeof heading, "%-*s%*s%*s", LABEL_COLUMNS, "operator", NUMBER_COLUMNS,
             "before", NUMBER_COLUMNS, "after");
    print_styled(printer, STYLE_BOLD, heading);
    fputc('\n', printer->stream);
    for (int op = 0; op < OP_COUNT; op++)
        if (before->operators[op] || after->operators[op])
            print_row(printer, op_infos[op].name, format_count(before->operators[op], texts[0]),
                      format_count(after->operators[op], texts[1]));
    print_row(printer, "all nodes, commands", format_count(before->nodes, texts[0]),
              format_count(after->nodes, texts[1]));
    print_amounts(printer, "multiply-adds", before->multiply_adds, after->multiply_adds, "");
    print_amounts(printer, "parameters", before->parameters, after->parameters, "");
    print_amounts(printer, "data moved", before->bytes_moved, after->bytes_moved, "B");
}

static void print_program(const struct printer *printer, const struct convert_report *report) {
    static const struct {
        enum snv2_blob_mark_kind kind;
        const char *one, *many;
    } kinds[] = {
        {SNV2_MARK_UNIT, "unit", "units"},
        {SNV2_MARK_OPENING, "stage opening", "stage openings"},
        {SNV2_MARK_STEM, "stem", "stems"},
        {SNV2_MARK_TAIL, "tail", "tails"},
    };
    char blob[AMOUNT_TEXT], arena[AMOUNT_TEXT];
    fprintf(printer->stream, "\nblob %s, arena %s", format_amount(report->blob_bytes, "B", blob),
            format_amount(report->program->arena_bytes, "B", arena));
    const char *separator = ": ";
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        int count = program_marks(report->program, kinds[i].kind);
        if (count == 0)
            continue;
        fprintf(printer->stream, "%s%d %s", separator, count,
                count == 1 ? kinds[i].one : kinds[i].many);
        separator = ", ";
    }
    fputc('\n', printer->stream);
}

/* What is left of data movement, one by one: copies first, then the conversions of layout at the
 * network's inputs and outputs. Returns how many. */
static int print_residues(const struct printer *printer, const struct program *program,
                          const char *what, bool boundary) {
    char name[PRINTED_NAME], bytes[AMOUNT_TEXT];
    int count = 0;
    for (uint32_t i = 0; i < program->residue_count; i++) {
        const struct residue *residue = &program->residues[i];
        if (residue->boundary != boundary)
            continue;
        fprintf(printer->stream, "%s of %s at '%s': %s\n", what,
                format_amount(residue->bytes, "B", bytes), printed_name(residue->node, name),
                residue->reason);
        count++;
    }
    return count;
}

static void print_movement(const struct printer *printer, const struct program *program) {
    if (print_residues(printer, program, "copy", false) == 0)
        fputs("copies: none\n", printer->stream);
    print_residues(printer, program, "conversion", true);
}

/* What weights of half the size cost. */
static void print_rounding(const struct printer *printer, const struct convert_report *report) {
    const struct rounding *rounding = &report->rounding;
    char name[PRINTED_NAME];
    if (rounding->dtype == DTYPE_NONE)
        return;
    fprintf(printer->stream, "\nweights: %" PRId64 " rounded to %s, %" PRId64 " of them to 0\n",
            rounding->count, dtype_name(rounding->dtype), rounding->flushed);
    for (int i = 0; i < report->loss.output_count; i++) {
        const struct check_output *output = &report->loss.outputs[i];
        fprintf(printer->stream, "loss of '%s': %.2e, %.2e of the largest value, SNR %.1f dB\n",
                printed_name(output->name, name), output->max_error, output->relative_error,
                output->snr);
    }
}

static void print_notes(const struct printer *printer, const struct note *notes) {
    char text[1024];
    for (const struct note *note = notes; note; note = note->next) {
        sanitize_text(text, sizeof text, note->text);
        fprintf(printer->stream, "note: %s\n", text);
    }
}

static void print_written(const struct printer *printer, const char *output) {
    char name[PRINTED_NAME];
    fprintf(printer->stream, "wrote %s\n", printed_name(output, name));
}

void report_text(const struct convert_options *options, const struct convert_report *report,
                 bool color, FILE *stream) {
    const struct printer printer = {stream, color};
    if (!report->program)
        return;
    print_source(&printer, options, &report->source);
    print_statistics(&printer, &report->before, &report->after);
    print_program(&printer, report);
    print_movement(&printer, report->program);
    print_notes(&printer, report->notes);
    print_check(&printer, "seeded inputs", &report->seeded);
    print_check(&printer, "stored inputs and outputs", &report->data);
    print_check(&printer, "seeded inputs and random weights", &report->random);
    print_check(&printer, "seeded inputs, with the rounded weights in the reference too",
                &report->rounded);
    print_rounding(&printer, report);
    if (report->written || report->emitted)
        fputc('\n', stream);
    if (report->written)
        print_written(&printer, options->output);
    for (const struct emitted_file *file = report->emitted; file; file = file->next)
        if (file->path)
            print_written(&printer, file->path);
}
