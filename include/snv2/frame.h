/* Frames: pictures of 8-bit samples as cameras and decoders give them. */
#ifndef SNV2_FRAME_H
#define SNV2_FRAME_H

enum snv2_pixels {
#define PIXELS(name, number, bytes, text) SNV2_PIXELS_##name = number,
#include "snv2/pixels.def"
#undef PIXELS
};

enum { SNV2_MOST_PIXEL_BYTES = 4 };

enum snv2_layout {
    SNV2_LAYOUT_NHWC, /* rows of pixels */
    SNV2_LAYOUT_NCHW, /* a plane for each byte of a pixel */
};

#endif
