"""Times one call of SD 1.5's UNet and one VAE decode, random weights, f32, in PyTorch and in Tintype by turns, and prints the ratio.

    ./mvnw -q -DskipTests package -pl bench -am
    venv/bin/python bench/peers/unet_vae.py [--threads 2] [--size 512] [--rounds 5] [--models sd15-unet,sd15-vae-decode]
        [--compile default] [--torch-compile default]

Eager, unless a mode says how to compile. Both programs are started and make one call unmeasured. Then they take turns: while one computes the other waits for its next line.
"""
import argparse
import os
import pathlib
import platform
import statistics
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
CONFIGURATIONS = ROOT / "diffusion/src/main/resources/true-size/sd15"
JAR = ROOT / "bench/target/tintype-bench.jar"
MODELS = ["sd15-unet", "sd15-vae-decode"]


def pytorch(model, size, threads, mode):
    """The other side's process: a call for each line."""
    import json
    import time

    import torch
    from diffusers import AutoencoderKL, UNet2DConditionModel

    torch.set_num_threads(threads)
    torch.manual_seed(0)
    kind, folder = (UNet2DConditionModel, "unet") if model == "sd15-unet" else (AutoencoderKL, "vae")
    module = kind.from_config(json.loads((CONFIGURATIONS / folder / "config.json").read_text())).eval()
    module = module.to(memory_format=torch.channels_last)
    call = module if model == "sd15-unet" else module.decode
    if mode:
        call = torch.compile(call, mode=mode, fullgraph=True)
    latents = torch.randn(1, 4, size // 8, size // 8).to(memory_format=torch.channels_last)
    text = torch.randn(1, 77, 768)
    with torch.inference_mode():
        for number, _ in enumerate(sys.stdin, 1):
            start = time.perf_counter()
            if model == "sd15-unet":
                call(latents, torch.tensor(500), encoder_hidden_states=text, return_dict=False)
            else:
                call(latents, return_dict=False)
            print(f"call {number} {(time.perf_counter() - start) * 1e3:.1f} ms", flush=True)


class Program:
    def __init__(self, command):
        words = [str(word) for word in command]
        self.process = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1)

    def call(self):
        """Milliseconds that the program says its next call took."""
        self.process.stdin.write("\n")
        for line in self.process.stdout:
            words = line.replace(",", "").split()
            if words and words[0] == "call":
                return float(words[2])
        sys.exit(f"{self.process.args[0]}: ended without a time")

    def close(self):
        self.process.stdin.close()
        self.process.stdout.read()
        self.process.wait()


def processor():
    names = [line.split(":")[1].strip() for line in open("/proc/cpuinfo") if line.startswith("model name")]
    flags = next(line for line in open("/proc/cpuinfo") if line.startswith("flags")).split()
    width = "AVX-512" if "avx512f" in flags else "AVX2" if "avx2" in flags else "no AVX2"
    return f"{names[0]}, {len(names)} processors, {width}"


def versions(java):
    import diffusers
    import torch

    text = subprocess.run([java, "-version"], capture_output=True, text=True, check=True).stderr.splitlines()[0]
    commit = subprocess.run(["git", "-C", ROOT, "rev-parse", "--short", "HEAD"], capture_output=True, text=True)
    return (f"Python {platform.python_version()}, PyTorch {torch.__version__}, diffusers {diffusers.__version__}; "
            f"{text}, Tintype {commit.stdout.strip()}")


def spread(times):
    return f"{statistics.median(times):9.1f} ms  ({min(times):.1f} to {max(times):.1f})"


def compare(model, options, java):
    theirs = Program([
        sys.executable, __file__, "--pytorch", model, "--size", options.size, "--threads", options.threads,
        *(["--torch-compile", options.torch_compile] if options.torch_compile else [])])
    ours = Program([
        java, "--enable-native-access=ALL-UNNAMED", "-XX:+UseSerialGC", "-cp", JAR,
        "io.github.tintype.bench.ModelBenchmark", "--model", model, "--size", options.size, "--threads",
        options.threads, "--stored", "f32", "--rounds", options.rounds + 1, "--paced",
        *(["--compile", options.compile] if options.compile else [])])
    print(f"{model} at {options.size}, {options.threads} threads, PyTorch {options.torch_compile or 'eager'}, "
          f"Tintype {options.compile or 'eager'}", flush=True)
    print(f"  warm-up: PyTorch {theirs.call():.1f} ms, Tintype {ours.call():.1f} ms", flush=True)
    times = []
    for i in range(options.rounds):
        times.append((theirs.call(), ours.call()))
        print(f"  round {i + 1}: PyTorch {times[-1][0]:.1f} ms, Tintype {times[-1][1]:.1f} ms", flush=True)
    theirs.close()
    ours.close()
    a = [pair[0] for pair in times]
    b = [pair[1] for pair in times]
    print("  median (least to most)")
    print(f"  PyTorch {spread(a)}")
    print(f"  Tintype {spread(b)}")
    print(f"  Tintype / PyTorch {statistics.median(b) / statistics.median(a):.3f}", flush=True)


def main():
    options = argparse.ArgumentParser()
    options.add_argument("--threads", type=int, default=2)
    options.add_argument("--size", type=int, default=512)
    options.add_argument("--rounds", type=int, default=5)
    options.add_argument("--models", type=lambda text: text.split(","), default=MODELS)
    options.add_argument("--compile", metavar="MODE", help="how Tintype compiles")
    options.add_argument("--torch-compile", metavar="MODE", help="how PyTorch compiles")
    options.add_argument("--pytorch", choices=MODELS, help=argparse.SUPPRESS)
    options = options.parse_args()
    if options.pytorch:
        pytorch(options.pytorch, options.size, options.threads, options.torch_compile)
        return
    if unknown := set(options.models) - set(MODELS):
        sys.exit(f"--models: got {', '.join(sorted(unknown))}, wanted some of {', '.join(MODELS)}")
    home = os.environ.get("JAVA_HOME")
    java = pathlib.Path(home) / "bin/java" if home else "java"
    print(processor())
    print(versions(java))
    for model in options.models:
        compare(model, options, java)


if __name__ == "__main__":
    main()
