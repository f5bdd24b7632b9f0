/* The interpreter's operators that enlarge and rearrange maps: ConvTranspose, Resize, DepthToSpace
 * and SpaceToDepth, Expand, Tile; with results computed by hand. */
#include "tests/interp_case.h"
#include "tests/tap.h"

#define CONV_TRANSPOSE(attributes)                                                                 \
    "input x: float32[1,1,2,2]\nconst w: float32[1,1,2,2] = {1, 2, 3, 4}\n"                        \
    "y = ConvTranspose(x, w)" attributes "\noutput y"

static const struct interp_case transposed[] = {
    {CONV_TRANSPOSE(""), {1, 2, 3, 4}, {1, 4, 4, 6, 20, 16, 9, 24, 16}},
    {CONV_TRANSPOSE(" {strides=[2,2]}"),
     {1, 2, 3, 4},
     {1, 2, 2, 4, 3, 4, 6, 8, 3, 6, 4, 8, 9, 12, 12, 16}},
    {CONV_TRANSPOSE(" {pads=[0,1,1,0]}"), {1, 2, 3, 4}, {4, 4, 20, 16}},
    {CONV_TRANSPOSE(" {dilations=[2,1]}"), {1, 2, 3, 4}, {1, 4, 4, 3, 10, 8, 3, 10, 8, 9, 24, 16}},
    {CONV_TRANSPOSE(" {strides=[2,1], output_padding=[1,0], pads=[1,1,0,1]}"),
     {1, 2, 3, 4},
     {10, 10, 24, 0}},
    /* the pads that make 2 of 3: UPPER takes the last, else the first is taken */
    {CONV_TRANSPOSE(" {auto_pad=SAME_UPPER}"), {1, 2, 3, 4}, {1, 4, 6, 20}},
    {CONV_TRANSPOSE(" {auto_pad=SAME_LOWER}"), {1, 2, 3, 4}, {20, 16, 24, 16}},
    {CONV_TRANSPOSE(" {output_shape=[2,3]}"), {1, 2, 3, 4}, {6, 20, 16, 9, 24, 16}},
    {"input x: float32[1,2,2]\nconst w: float32[2,2,2] = {1, 2, 10, 20, 3, 4, 30, 40}\n"
     "const b: float32[2] = {100, 1000}\ny = ConvTranspose(x, w, b)\noutput y",
     {1, 2, 1, -1},
     {104, 105, 100, 1040, 1050, 1000}},
    {"input x: float32[2,2,1,1]\nconst w: float32[2,2,1,2] = {1, 2, 3, 4, 5, 6, 7, 8}\n"
     "y = ConvTranspose(x, w) {group=2}\noutput y",
     {1, 10, 2, 0},
     {1, 2, 3, 4, 50, 60, 70, 80, 2, 4, 6, 8, 0, 0, 0, 0}},
};

#define ROW(count, numbers, attributes)                                                            \
    "input x: float32[1,1," #count "]\nconst s: float32[3] = {1, 1, " numbers "}\n"                \
    "y = Resize(x, _, s) " attributes "\noutput y"
#define ROW_TO(count, sizes, attributes)                                                           \
    "input x: float32[1,1," #count "]\nconst s: int64[3] = {1, 1, " sizes "}\n"                    \
    "y = Resize(x, _, _, s) " attributes "\noutput y"

static const struct interp_case resized[] = {
    /* nearest, half pixel: positions -0.25, 0.25, 0.75, 1.25 */
    {ROW(2, "2", ""), {1, 2}, {1, 1, 2, 2}},
    {ROW(2, "2", "{nearest_mode=floor}"), {1, 2}, {1, 1, 1, 2}},
    {ROW(2, "2", "{nearest_mode=ceil}"), {1, 2}, {1, 2, 2, 2}},
    /* positions 0, 0.5, 1, 1.5, 2, 2.5 */
    {ROW(3, "2", "{coordinate_transformation_mode=asymmetric}"), {1, 2, 3}, {1, 1, 2, 2, 3, 3}},
    {ROW(3, "2", "{coordinate_transformation_mode=asymmetric, nearest_mode=round_prefer_ceil}"),
     {1, 2, 3},
     {1, 2, 2, 3, 3, 3}},
    /* (i + 0.5) / 2 */
    {ROW(2, "2", "{coordinate_transformation_mode=tf_half_pixel_for_nn, nearest_mode=floor}"),
     {1, 2},
     {1, 1, 2, 2}},
    {"input x: int64[2,1]\nconst s: int64[2] = {2, 3}\ny = Resize(x, _, _, s)\noutput y",
     {-5, 7},
     {-5, -5, -5, 7, 7, 7}},
    {"input x: float32[1,1,2,2]\nconst s: float32[2] = {2, 1}\n"
     "y = Resize(x, _, s) {axes=[2,-1], nearest_mode=floor}\noutput y",
     {1, 2, 3, 4},
     {1, 2, 1, 2, 1, 2, 3, 4}},
    /* an operand without elements is an omitted one */
    {"input x: float32[1]\nconst n: float32[0] = {}\nconst s: int64[1] = {2}\n"
     "y = Resize(x, n, n, s)\noutput y",
     {3},
     {3, 3}},
    /* linear */
    {ROW(2, "2", "{mode=linear}"), {0, 4}, {0, 1, 3, 4}},
    {ROW_TO(2, "5", "{mode=linear, coordinate_transformation_mode=align_corners}"),
     {0, 4},
     {0, 1, 2, 3, 4}},
    {ROW_TO(2, "1", "{mode=linear, coordinate_transformation_mode=align_corners}"), {3, 4}, {3}},
    {ROW_TO(2, "1", "{mode=linear, coordinate_transformation_mode=pytorch_half_pixel}"),
     {3, 4},
     {3}},
    {ROW_TO(4, "1", "{mode=linear}"), {0, 2, 4, 8}, {3}},
    {ROW(2, "2", "{mode=linear, coordinate_transformation_mode=asymmetric}"), {0, 4}, {0, 2, 4, 4}},
    {"input x: float32[1,1,2,2]\nconst s: float32[4] = {1, 1, 2, 1}\n"
     "y = Resize(x, _, s) {mode=linear}\noutput y",
     {0, 10, 4, 50},
     {0, 10, 1, 20, 3, 40, 4, 50}},
    /* of 4 to 6, 6 or 3 to 6, 9: at most 1.5 and 1.5; at least 3 and 3 */
    {"input x: float32[2,1]\nconst s: int64[2] = {4, 3}\n"
     "y = Resize(x, _, _, s) {keep_aspect_ratio_policy=not_larger}\noutput y",
     {1, 2},
     {1, 1, 1, 1, 2, 2, 2, 2}},
    {"input x: float32[2,1]\nconst s: int64[2] = {4, 1}\n"
     "y = Resize(x, _, _, s) {keep_aspect_ratio_policy=not_larger}\noutput y",
     {1, 2},
     {1, 2}},
    {"input x: float32[1,2,2]\nconst s: int64[2] = {1, 4}\n"
     "y = Resize(x, _, _, s) {axes=[1,2], keep_aspect_ratio_policy=not_smaller, "
     "nearest_mode=floor}\noutput y",
     {1, 2, 3, 4},
     {1, 1, 1, 2, 1, 1, 1, 2, 1, 1, 1, 2, 3, 3, 3, 4}},
    /* from 0.25 to 0.75 of 5: positions 1 and 3; from -0.5 to 1.5 of 3: -1, 1, 3 */
    {"input x: float32[5]\nconst r: float32[2] = {0.25, 0.75}\nconst s: int64[1] = {2}\n"
     "y = Resize(x, r, _, s) {mode=linear, coordinate_transformation_mode=tf_crop_and_resize}\n"
     "output y",
     {1, 2, 3, 4, 5},
     {2, 4}},
    {"input x: float32[3]\nconst r: float32[2] = {-0.5, 1.5}\nconst s: int64[1] = {3}\n"
     "y = Resize(x, r, _, s) {coordinate_transformation_mode=tf_crop_and_resize, "
     "extrapolation_value=-9}\noutput y",
     {1, 2, 3},
     {-9, 2, -9}},
    /* one position: the middle of the region */
    {"input x: float32[3]\nconst r: float32[2] = {0, 0.5}\nconst s: int64[1] = {1}\n"
     "y = Resize(x, r, _, s) {mode=linear, coordinate_transformation_mode=tf_crop_and_resize}\n"
     "output y",
     {1, 2, 3},
     {1.5}},
    /* cubic at 1.5 with a = -0.5: weights -1/16, 9/16, 9/16, -1/16 */
    {ROW_TO(4, "1", "{mode=cubic, cubic_coeff_a=-0.5}"), {16, 32, 64, 0}, {53}},
    {ROW_TO(4, "1", "{mode=cubic}"), {32, 32, 32, 64}, {29}},
    /* at 0.5 of 2: 1/2 where nothing outside counts, else the ends are repeated */
    {ROW_TO(2, "1", "{mode=cubic, exclude_outside=1}"), {2, 6}, {4}},
    {ROW_TO(2, "1", "{mode=cubic, cubic_coeff_a=-0.5}"), {2, 6}, {4}},
};

/* Positions that a float rounds. Of 4 times 0.875 only 3 are made; symmetric cuts at both ends. */
static const struct interp_case resized_roughly[] = {
    {ROW(4, "0.75", "{mode=linear, coordinate_transformation_mode=half_pixel_symmetric}"),
     {0, 6, 12, 18},
     {1, 9, 17}},
    {ROW(4, "0.875", "{mode=linear, coordinate_transformation_mode=half_pixel_symmetric}"),
     {0, 7, 14, 21},
     {2.5, 10.5, 18.5}},
    {ROW(4, "0.875", "{mode=linear}"), {0, 7, 14, 21}, {0.5, 8.5, 16.5}},
};

static const struct interp_case rearranged[] = {
    {"input x: float32[1,8,1,2]\ny = DepthToSpace(x) {blocksize=2}\n"
     "z = DepthToSpace(x) {blocksize=2, mode=CRD}\noutput y\noutput z",
     {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15},
     {0, 4, 1, 5, 8, 12, 9, 13, 2, 6,  3, 7,  10, 14, 11, 15,
      0, 2, 1, 3, 4, 6,  5, 7,  8, 10, 9, 11, 12, 14, 13, 15}},
    {"input x: float32[1,2,2,4]\ny = SpaceToDepth(x) {blocksize=2}\n"
     "z = DepthToSpace(y) {blocksize=2}\noutput y\noutput z",
     {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15},
     {0, 2, 8, 10, 1, 3, 9, 11, 4, 6, 12, 14, 5,  7,  13, 15,
      0, 1, 2, 3,  4, 5, 6, 7,  8, 9, 10, 11, 12, 13, 14, 15}},
    {"input x: float32[2,1]\nconst s: int64[3] = {2, 1, 3}\ny = Expand(x, s)\noutput y",
     {1, 2},
     {1, 1, 1, 2, 2, 2, 1, 1, 1, 2, 2, 2}},
    {"input x: int64[2,2]\nconst r: int64[2] = {2, 3}\ny = Tile(x, r)\noutput y",
     {1, 2, 3, 4},
     {1, 2, 1, 2, 1, 2, 3, 4, 3, 4, 3, 4, 1, 2, 1, 2, 1, 2, 3, 4, 3, 4, 3, 4}},
};

#define CASES_TEST(name)                                                                           \
    START_TEST(test_##name) {                                                                      \
        check_case(&name[_i]);                                                                     \
    }                                                                                              \
    END_TEST
CASES_TEST(transposed)
CASES_TEST(resized)
CASES_TEST(rearranged)

START_TEST(test_resized_roughly) {
    check_case_within(&resized_roughly[_i], 1e-6, 1e-6);
}
END_TEST

#define ADD_CASES(name)                                                                            \
    tcase_add_loop_test(tcase, test_##name, 0, (int)(sizeof(name) / sizeof *(name)))

int main(void) {
    Suite *suite = suite_create("interpreter: maps");
    TCase *tcase = tcase_create("maps");
    ADD_CASES(transposed);
    ADD_CASES(resized);
    ADD_CASES(resized_roughly);
    ADD_CASES(rearranged);
    suite_add_tcase(suite, tcase);
    return tap_run(suite);
}
