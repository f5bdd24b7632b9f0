/* The results as JSON, with the figures of each round; see results.h. */
#include "bench/results.h"

#include "bench/peak.h"
#include "report/json_writer.h"

static void add_summary(struct json_writer *writer, cJSON *object, const char *key,
                        struct summary summary, double unit) {
    cJSON *values = json_add_object(writer, object, key);
    json_add_real(writer, values, "median", summary.median / unit);
    json_add_real(writer, values, "min", summary.min / unit);
    json_add_real(writer, values, "max", summary.max / unit);
}

static void add_list(struct json_writer *writer, cJSON *object, const char *key,
                     const double *values, int count, double unit) {
    cJSON *list = json_add_array(writer, object, key);
    for (int i = 0; i < count; i++)
        json_add_real(writer, list, NULL, values[i] / unit);
}

static void add_contender(struct json_writer *writer, cJSON *parent,
                          const struct comparison *comparison, const struct rounds *rounds,
                          enum contender contender, const char *name) {
    cJSON *object = json_add_object(writer, parent, name);
    const double *seconds = rounds->seconds[contender];
    add_summary(writer, object, "ms", summarize(seconds, rounds->count), 1e-3);
    if (comparison->subject.multiply_adds)
        add_summary(writer, object, "percent_of_peak", share_of_peak(comparison, rounds, contender),
                    1e-2);
    if (contender != SNV2)
        add_summary(writer, object, "times_longer", times_longer(rounds, contender), 1);
    add_list(writer, object, "ms_by_round", seconds, rounds->count, 1e-3);
}

static void add_rounds(struct json_writer *writer, cJSON *list, const struct results *results,
                       const struct comparison *comparison, const struct rounds *rounds) {
    cJSON *object = json_add_object(writer, list, NULL);
    json_add_integer(writer, object, "threads", rounds->threads);
    add_list(writer, object, "peak_by_round", rounds->peak, rounds->count, 1);
    for (int i = 0; i < CONTENDERS; i++)
        if (takes_part(results->rivals, (enum contender)i))
            add_contender(writer, object, comparison, rounds, (enum contender)i,
                          contender_name(results->rivals, (enum contender)i));
}

static void add_first(struct json_writer *writer, cJSON *parent, const struct results *results,
                      const struct comparison *comparison, int number) {
    const struct engine *engine = results->rivals->engines[number];
    const struct first_result *first = &comparison->first[number];
    const struct subject *subject = &comparison->subject;
    cJSON *object = json_add_object(writer, parent, engine->name);
    add_summary(writer, object, "ms", first->seconds, 1e-3);
    json_add_integer(writer, object, "peak_bytes", first->peak_bytes);
    json_add_integer(writer, object, "library_bytes", (int64_t)engine->library_bytes);
    json_add_integer(writer, object, "model_bytes",
                     number == SNV2 ? subject->blob_bytes : subject->model_bytes);
}

static void add_comparison(struct json_writer *writer, cJSON *list, const struct results *results,
                           const struct comparison *comparison) {
    cJSON *object = json_add_object(writer, list, NULL);
    json_add_text(writer, object, "model", comparison->subject.model);
    json_add_text(writer, object, "kernels", comparison->subject.kernels);
    json_add_integer(writer, object, "multiply_adds", (int64_t)comparison->subject.multiply_adds);
    json_add_real(writer, object, "difference", comparison->difference);
    cJSON *runs = json_add_array(writer, object, "runs");
    for (int i = 0; i < results->thread_counts; i++)
        add_rounds(writer, runs, results, comparison, &comparison->rounds[i]);
    if (!results->load_count)
        return;
    cJSON *first = json_add_object(writer, object, "first_result");
    for (int i = 0; i < OTHER; i++)
        if (results->rivals->engines[i])
            add_first(writer, first, results, comparison, i);
}

char *results_json(const struct results *results) {
    struct json_writer writer = {false};
    cJSON *root = cJSON_CreateObject();
    json_add_text(&writer, root, "date", results->date);
    json_add_text(&writer, root, "processor", results->processor);
    json_add_integer(&writer, root, "processors", results->processors);
    json_add_real(&writer, root, "load_average", results->load_average);
    json_add_text(&writer, root, "peak_isa", peak_isa());
    json_add_integer(&writer, root, "rounds", results->round_count);
    json_add_integer(&writer, root, "loads", results->load_count);
    cJSON *engines = json_add_object(&writer, root, "engines");
    for (int i = 0; i < OTHER; i++) {
        const struct engine *engine = results->rivals->engines[i];
        cJSON *object = engine ? json_add_object(&writer, engines, engine->name) : NULL;
        if (!engine)
            continue;
        json_add_text(&writer, object, "version", engine->version);
        json_add_text(&writer, object, "settings", engine->settings);
    }
    if (results->rivals->other)
        json_add_text(&writer, root, "other", results->rivals->other);
    cJSON *list = json_add_array(&writer, root, "models");
    for (int i = 0; i < results->comparison_count; i++)
        add_comparison(&writer, list, results, &results->comparisons[i]);
    return json_print(&writer, root);
}
