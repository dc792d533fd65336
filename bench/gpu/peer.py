#!/usr/bin/env python3
"""Times on a GPU, in PyTorch, what GpuBenchmark times: eager and torch.compile, with the same operands and count of bytes. Prints Markdown.

Wants a python with torch that sees the GPU; nothing is installed.
"""
import argparse

import torch
import torch.nn.functional as F


def geglu(x):
    a, b = x.chunk(2, dim=-1)
    return a * F.gelu(b)


def subjects(dtype, scale):
    def new(*shape):
        return torch.randn(*shape, device="cuda", dtype=torch.float32).to(dtype)

    def norm(x, w, b):
        return F.silu(F.group_norm(x, 32, w, b, 1e-5))

    image = new(4 * scale, 320, 128, 128)
    channels = new(320), new(320)
    rows = (16384 * scale, 1280)
    yield "group_norm_silu channels_last", norm, (image.to(memory_format=torch.channels_last), *channels), 2
    yield "group_norm_silu contiguous", norm, (image, *channels), 2
    del image
    yield "layer_norm", lambda x, w, b: F.layer_norm(x, (640,), w, b, 1e-5), (new(32768 * scale, 640), new(640), new(640)), 1
    yield "softmax", lambda x: F.softmax(x, dim=1), (new(8192 * scale, 4096),), 1
    yield "geglu", geglu, (new(8192 * scale, 5120),), 1
    yield "add", lambda x, y: x + y, (new(*rows), new(*rows)), 1


def median_ms(call, rounds):
    for _ in range(5):
        call()
    times = []
    for _ in range(rounds):
        begin, end = (torch.cuda.Event(enable_timing=True) for _ in range(2))
        begin.record()
        call()
        end.record()
        end.synchronize()
        times.append(begin.elapsed_time(end))
    return sorted(times)[len(times) // 2]


@torch.no_grad()
def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--rounds", type=int, default=20)
    arguments.add_argument("--scale", type=int, default=8)
    chosen = arguments.parse_args()
    print(f"PyTorch {torch.__version__}, {torch.cuda.get_device_name()}; medians of {chosen.rounds} rounds.\n")
    print("| kernel | type | MB | eager ms | GB/s | compiled ms | GB/s |\n|---|---|--:|--:|--:|--:|--:|")
    for dtype, name in ((torch.float32, "f32"), (torch.float16, "f16"), (torch.bfloat16, "bf16")):
        for title, body, inputs, reads in subjects(dtype, chosen.scale):
            torch.compiler.reset()
            result = body(*inputs)
            moved = sum(x.nbytes for x in inputs) + (reads - 1) * inputs[0].nbytes + result.nbytes
            del result
            eager = median_ms(lambda: body(*inputs), chosen.rounds)
            compiled = torch.compile(body)
            fused = median_ms(lambda: compiled(*inputs), chosen.rounds)
            rates = [moved / ms * 1e-6 for ms in (eager, fused)]
            print(f"| {title} | {name} | {moved * 1e-6:.0f} | {eager:.3f} | {rates[0]:.0f} | {fused:.3f} | {rates[1]:.0f} |", flush=True)


if __name__ == "__main__":
    main()
