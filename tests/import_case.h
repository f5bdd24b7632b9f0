/* What the importer makes of a small model: the graph's text, or a refusal. */
#ifndef TESTS_IMPORT_CASE_H
#define TESTS_IMPORT_CASE_H

#include "tests/onnx_build.h"

/* Changes the model of build_start. */
typedef void change_model(struct build *build);

/* The changed model becomes that text (loaded_expect_text). */
static inline void expect_imported(change_model *change, int64_t opset,
                                   const struct onnx_options *options, const char *text) {
    struct build build;
    struct loaded loaded;
    build_start(&build, opset);
    change(&build);
    build_load(&build, NULL, options, &loaded);
    loaded_expect(&loaded, text, SNV2_OK, "");
    loaded_expect_text(&loaded, text);
    loaded_free(&loaded);
}

/* A model that ends in that status, with a message that has `message` in it. */
struct refused_model {
    change_model *change;
    int opset;
    enum snv2_status status;
    const char *message;
};

static inline void expect_refused(const struct refused_model *model,
                                  const struct onnx_options *options) {
    struct build build;
    struct loaded loaded;
    build_start(&build, model->opset);
    model->change(&build);
    build_load(&build, NULL, options, &loaded);
    loaded_expect(&loaded, model->message, model->status, model->message);
    loaded_free(&loaded);
}

#endif
