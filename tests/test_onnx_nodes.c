/* Single operators against the ONNX project's own test data, where Debian's libonnx-testdata (or
 * another copy, at SNV2_ONNX_NODES) is installed. Every folder must be computed right or be refused
 * for one of the reasons below. */
#include "tests/stored_case.h"

/* What may be unsupported, as messages have it. */
static const char *const reasons[] = {
    "unsupported operators",
    "training mode",
    "outputs of its kind", /* masks, indices */
    "dimensions; ",        /* too many */
    "unsupported element type",
    "element type number 8", /* strings */
    "only real types",
};

/* Folders that are not tried. */
static const struct {
    const char *prefix, *why;
} left_out[] = {
    {"test_adagrad", "training"},
    {"test_adam", "training"},
    {"test_cast_BFLOAT16", "bfloat16 is stored as uint16"},
    {"test_cast_FLOAT_to_BFLOAT16", "bfloat16 is stored as uint16"},
    {"test_castlike_BFLOAT16", "bfloat16 is stored as uint16"},
    {"test_castlike_FLOAT_to_BFLOAT16", "bfloat16 is stored as uint16"},
    {"test_dynamicquantizelinear_expanded", "a tie that float64 rounds to the other side"},
    {"test_identity_opt", "stored values are no tensors"},
    {"test_identity_sequence", "stored values are no tensors"},
    {"test_loop1", "stored values are no tensors"},
    {"test_momentum", "training"},
    {"test_nesterov", "training"},
    {"test_optional", "stored values are no tensors"},
    {"test_reduce_sum_default_axes", "an input without elements"},
    {"test_reduce_sum_empty_axes", "an input without elements"},
    {"test_reduce_sum_negative_axes_keepdims_random", "an input without elements"},
    {"test_reshape_allowzero", "an input without elements"},
    {"test_resize_downsample_scales_cubic_align_corners", "a size that is not rounded"},
    {"test_resize_downsample_scales_linear_align_corners", "a size that is not rounded"},
    {"test_sequence", "stored values are no tensors"},
    {"test_slice_start_out_of_bounds", "a result without elements"},
    {"test_split_zero_size", "an input without elements"},
    {"test_tril_zero", "an input without elements"},
    {"test_triu_zero", "an input without elements"},
};

static bool is_left_out(const char *folder) {
    const char *name = strrchr(folder, '/') + 1;
    for (size_t i = 0; i < sizeof left_out / sizeof *left_out; i++)
        if (strncmp(name, left_out[i].prefix, strlen(left_out[i].prefix)) == 0)
            return true;
    return false;
}

static bool may_be_unsupported(const char *message) {
    for (size_t i = 0; i < sizeof reasons / sizeof *reasons; i++)
        if (strstr(message, reasons[i]))
            return true;
    return false;
}

START_TEST(test_onnx_node) {
    const char *folder = stored_folders[_i];
    struct snv2_diagnostic diagnostic;
    if (is_left_out(folder))
        return;
    enum snv2_status status = stored_check(folder, 1, &diagnostic);
    if (status == SNV2_UNSUPPORTED && strstr(diagnostic.message, "depends on the data"))
        status = stored_check(folder, 0, &diagnostic);
    ck_assert_msg(
        status == SNV2_OK || (status == SNV2_UNSUPPORTED && may_be_unsupported(diagnostic.message)),
        "%s: node '%s' (%s): %s", folder, diagnostic.node, diagnostic.op, diagnostic.message);
}
END_TEST

int main(void) {
    const char *path = getenv("SNV2_ONNX_NODES");
    stored_find(path ? path : "/usr/share/libonnx-testdata/data/node");
    if (stored_count == 0) {
        printf("1..0 # SKIP no test data of ONNX\n");
        return EXIT_SUCCESS;
    }
    Suite *suite = suite_create("ONNX nodes");
    TCase *tcase = tcase_create("nodes");
    tcase_set_timeout(tcase, 0);
    tcase_add_loop_test(tcase, test_onnx_node, 0, stored_count);
    suite_add_tcase(suite, tcase);
    return tap_run(suite);
}
