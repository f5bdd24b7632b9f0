/* The results as Markdown: what was measured where, and two tables; see results.h. */
#include "bench/results.h"

#include "bench/peak.h"

static void print_heading(const struct results *results, FILE *stream) {
    const struct rivals *rivals = results->rivals;
    const struct engine *ours = rivals->engines[SNV2], *ort = rivals->engines[ONNXRUNTIME];
    fputs("# Benchmark results\n\n", stream);
    fprintf(stream, "%s, %ld processors, load average %.1f before; %s, %d rounds.\n",
            results->processor, results->processors, results->load_average, results->date,
            results->round_count);
    fprintf(stream, "%s %s: %s, %s.\n", ours->name, ours->version,
            results->comparisons[0].subject.kernels, ours->settings);
    if (ort)
        fprintf(stream, "%s %s: %s, intra_op threads as in the table.\n", ort->name, ort->version,
                ort->settings);
    if (rivals->other)
        fprintf(stream, "other: `%s`.\n", rivals->other);
    fputc('\n', stream);
}

static void print_columns(FILE *stream, int count) {
    for (int i = 0; i < count; i++)
        fputs(i ? "---:|" : "|---|", stream);
    fputc('\n', stream);
}

static void print_contender(const struct comparison *comparison, const struct rounds *rounds,
                            enum contender contender, FILE *stream) {
    struct summary seconds = summarize(rounds->seconds[contender], rounds->count);
    struct summary share = share_of_peak(comparison, rounds, contender);
    fprintf(stream, " %.3f (%.3f to %.3f) |", seconds.median * 1e3, seconds.min * 1e3,
            seconds.max * 1e3);
    if (comparison->subject.multiply_adds)
        fprintf(stream, " %.1f (%.1f) |", share.median * 100, share.max * 100);
    else
        fputs(" - |", stream);
    if (contender == SNV2)
        return;
    struct summary times = times_longer(rounds, contender);
    fprintf(stream, " %.2f (%.2f) |", times.median, times.max);
}

static void print_speed_row(const struct results *results, const struct comparison *comparison,
                            const struct rounds *rounds, FILE *stream) {
    const struct subject *subject = &comparison->subject;
    struct summary peak = summarize(rounds->peak, rounds->count);
    fprintf(stream, "| %s | %d |", subject->model, rounds->threads);
    if (subject->multiply_adds)
        fprintf(stream, " %.1f |", (double)subject->multiply_adds / 1e6);
    else
        fputs(" - |", stream);
    fprintf(stream, " %.1f |", peak.median / 1e9);
    for (int i = 0; i < CONTENDERS; i++)
        if (takes_part(results->rivals, (enum contender)i))
            print_contender(comparison, rounds, (enum contender)i, stream);
    if (results->rivals->engines[ONNXRUNTIME])
        fprintf(stream, " %.1e |", comparison->difference);
    fputc('\n', stream);
}

static void print_speed(const struct results *results, FILE *stream) {
    const struct rivals *rivals = results->rivals;
    int columns = 4;
    fprintf(stream, "| network | threads | multiply-adds, millions | %s peak, G/s |", peak_isa());
    for (int i = 0; i < CONTENDERS; i++) {
        if (!takes_part(rivals, (enum contender)i))
            continue;
        const char *name = contender_name(rivals, (enum contender)i);
        fprintf(stream, " %s, ms | %% of peak (best) |", name);
        if (i != SNV2)
            fprintf(stream, " %s / snv2 (best) |", name);
        columns += i == SNV2 ? 2 : 3;
    }
    if (rivals->engines[ONNXRUNTIME])
        fputs(" difference |", stream);
    fputc('\n', stream);
    print_columns(stream, columns + (rivals->engines[ONNXRUNTIME] != NULL));
    for (int i = 0; i < results->comparison_count; i++)
        for (int k = 0; k < results->thread_counts; k++)
            print_speed_row(results, &results->comparisons[i], &results->comparisons[i].rounds[k],
                            stream);
}

static void print_first(const struct results *results, const struct comparison *comparison,
                        int number, FILE *stream) {
    const struct first_result *first = &comparison->first[number];
    const struct subject *subject = &comparison->subject;
    int64_t model_bytes = number == SNV2 ? subject->blob_bytes : subject->model_bytes;
    fprintf(stream, " %.2f (%.2f to %.2f) | %.1f | %.2f + %.2f |", first->seconds.median * 1e3,
            first->seconds.min * 1e3, first->seconds.max * 1e3, (double)first->peak_bytes / 1e6,
            (double)results->rivals->engines[number]->library_bytes / 1e6,
            (double)model_bytes / 1e6);
    if (number != SNV2)
        fprintf(stream, " %.1f |", first->seconds.median / comparison->first[SNV2].seconds.median);
}

static void print_loads(const struct results *results, FILE *stream) {
    const struct rivals *rivals = results->rivals;
    int columns = 1;
    fprintf(stream, "\nLoad to first result, %d times, one thread, files in the page cache:\n\n",
            results->load_count);
    fputs("| network |", stream);
    for (int i = 0; i < OTHER; i++) {
        if (!rivals->engines[i])
            continue;
        const char *name = rivals->engines[i]->name;
        fprintf(stream, " %s, ms | peak memory, MB | library + model, MB |", name);
        if (i != SNV2)
            fprintf(stream, " %s / snv2, time |", name);
        columns += i == SNV2 ? 3 : 4;
    }
    fputc('\n', stream);
    print_columns(stream, columns);
    for (int i = 0; i < results->comparison_count; i++) {
        fprintf(stream, "| %s |", results->comparisons[i].subject.model);
        for (int k = 0; k < OTHER; k++)
            if (rivals->engines[k])
                print_first(results, &results->comparisons[i], k, stream);
        fputc('\n', stream);
    }
}

void print_markdown(const struct results *results, FILE *stream) {
    print_heading(results, stream);
    print_speed(results, stream);
    if (results->load_count)
        print_loads(results, stream);
}
