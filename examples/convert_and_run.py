#!/usr/bin/env python3
"""Converts an ONNX model in memory and runs it on zeros, with ctypes alone.

    convert_and_run.py MODEL.onnx

The libraries are found as the system finds them, or in the folder that SNV2_LIBDIR names.
"""

import ctypes
import os
import sys
from ctypes import (CFUNCTYPE, POINTER, Structure, byref, c_char, c_char_p, c_double, c_int, c_int32,
                    c_int64, c_size_t, c_uint64, c_void_p)


class Diagnostic(Structure):
    _fields_ = [("status", c_int), ("offset", c_int64), ("file", c_char * 256),
                ("node", c_char * 128), ("op", c_char * 64), ("message", c_char * 2048)]


LogFunction = CFUNCTYPE(None, c_void_p, c_char_p)


class ConvertOptions(Structure):
    _fields_ = [("model", c_char_p), ("bytes", c_char_p), ("size", c_size_t), ("folder", c_char_p),
                ("output", c_char_p), ("onnx", c_char_p), ("keep_onnx", c_int),
                ("input_shapes", c_void_p), ("input_shape_count", c_int),
                ("cuts", POINTER(c_char_p)), ("cut_count", c_int),
                ("skipped_passes", POINTER(c_char_p)), ("skipped_pass_count", c_int),
                ("no_verify", c_int), ("random_weights", c_int), ("data_folder", c_char_p),
                ("seed", c_uint64), ("memory_budget", c_uint64),
                ("log", LogFunction), ("user", c_void_p),
                ("frames", POINTER(c_char_p)), ("frame_count", c_int),
                ("functions", POINTER(c_char_p)), ("function_count", c_int),
                ("labels", c_char_p), ("weights", c_char_p), ("images", c_int)]


class ConversionReport(Structure):
    _fields_ = [("model_bytes", c_size_t), ("arena_bytes", c_uint64), ("nodes", c_int32),
                ("commands", c_int32), ("multiply_adds", c_uint64),
                ("bytes_moved_before", c_uint64), ("bytes_moved", c_uint64), ("checked", c_int),
                ("worst_error", c_double)]


class TensorInfo(Structure):
    _fields_ = [("name", c_char_p), ("dtype", c_int32), ("rank", c_int32), ("dims", c_int64 * 8),
                ("bytes", c_size_t), ("image_bytes", c_size_t)]


def load(name):
    folder = os.environ.get("SNV2_LIBDIR")
    return ctypes.CDLL(os.path.join(folder, name) if folder else name)


def check(status, diagnostic):
    if status:
        sys.exit(diagnostic.message.decode())


def main():
    if len(sys.argv) != 2:
        sys.exit("usage: convert_and_run.py MODEL.onnx")
    runtime, converter = load("libsnv2.so.0"), load("libsnv2convert.so.0")
    converter.snv2_conversion_model.restype = c_void_p
    converter.snv2_conversion_report.restype = POINTER(ConversionReport)
    runtime.snv2_input.restype = runtime.snv2_output.restype = POINTER(TensorInfo)
    runtime.snv2_open_memory.argtypes = [c_void_p, c_size_t, c_void_p, c_void_p]
    diagnostic = Diagnostic()

    with open(sys.argv[1], "rb") as file:
        contents = file.read()
    log = LogFunction(lambda user, line: print(line.decode()))
    options = ConvertOptions(bytes=contents, size=len(contents), log=log)
    conversion = c_void_p()
    check(converter.snv2_convert(byref(options), byref(conversion), byref(diagnostic)), diagnostic)
    report = converter.snv2_conversion_report(conversion).contents
    print(f"{report.nodes} nodes became {report.commands} commands, off by {report.worst_error:.1e}")

    size, model, context = c_size_t(), c_void_p(), c_void_p()
    blob = converter.snv2_conversion_model(conversion, byref(size))
    check(runtime.snv2_open_memory(blob, size, byref(model), byref(diagnostic)), diagnostic)
    check(runtime.snv2_context_new(model, None, byref(context), byref(diagnostic)), diagnostic)

    def buffers(count, info):
        memory = [(c_double * (info(model, i).contents.bytes // 8 + 1))() for i in range(count)]
        return memory, (c_void_p * count)(*[ctypes.addressof(buffer) for buffer in memory])

    in_memory, inputs = buffers(runtime.snv2_input_count(model), runtime.snv2_input)
    out_memory, outputs = buffers(runtime.snv2_output_count(model), runtime.snv2_output)
    check(runtime.snv2_run(context, inputs, outputs), diagnostic)
    first = runtime.snv2_output(model, 0).contents
    values = ctypes.cast(out_memory[0], POINTER(ctypes.c_float))
    for i in range(first.bytes // 4):
        print(f"{first.name.decode()}[{i}] = {values[i]:g}")

    runtime.snv2_context_free(context)
    runtime.snv2_close(model)
    converter.snv2_conversion_free(conversion)


if __name__ == "__main__":
    main()
