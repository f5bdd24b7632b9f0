/* What a file of numbers is, by the end of its name. */
#ifndef RUN_FILE_FORMAT_H
#define RUN_FILE_FORMAT_H

enum file_format {
    FORMAT_UNKNOWN,
    FORMAT_NPY,     /* .npy */
    FORMAT_F32,     /* .f32: float32 and nothing else, in the machine's byte order */
    FORMAT_U8,      /* .u8: bytes of a frame and nothing else */
    FORMAT_PB,      /* .pb: an ONNX TensorProto */
    FORMAT_PICTURE, /* .png, .jpg, .jpeg, .pgm, .ppm, whichever of them it then is */
};

/* Upper and lower case are the same. */
enum file_format file_format_of(const char *path);

#endif
