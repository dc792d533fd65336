"""Draws ten prompts with diffusers and with Tintype from the same seeds and prints each PSNR. Exit code 1 if one is below 50 dB.

    venv/bin/python bench/peers/embedded_parity.py [--threads 2] [--steps 20]
"""
import argparse
import math
import pathlib
import subprocess
import sys
import tempfile

import numpy
import torch
from diffusers import EulerAncestralDiscreteScheduler, EulerDiscreteScheduler, StableDiffusionXLPipeline
from PIL import Image

ROOT = pathlib.Path(__file__).resolve().parents[2]
EULER, ANCESTRAL = EulerDiscreteScheduler, EulerAncestralDiscreteScheduler
CASES = [
    ("Astronaut in a jungle, cold color palette, muted colors, detailed, 8k", 0, 5.0, EULER),
    ("a red rocket in space", 1, 5.0, EULER),
    ("a small cat on a plain blue background", 2, 4.0, EULER),
    ("a boat on the sea, warm color palette", 3, 6.0, EULER),
    ("a large mushroom in the snow, black and white", 4, 5.0, EULER),
    ("a yellow fish", 5, 5.0, EULER),
    ("a house in the mountains, vivid colors", 6, 1.0, EULER),
    ("a green tree at night", 7, 5.0, EULER),
    ("a purple flower in a meadow", 8, 5.0, ANCESTRAL),
    ("a dog in the desert", 9, 7.5, ANCESTRAL),
]


def psnr(a, b):
    error = numpy.mean((a.astype(numpy.float64) - b.astype(numpy.float64)) ** 2)
    return math.inf if error == 0 else 10 * math.log10(255.0**2 / error)


def main():
    options = argparse.ArgumentParser()
    options.add_argument("--threads", type=int, default=2)
    options.add_argument("--steps", type=int, default=20)
    options = options.parse_args()
    torch.set_num_threads(options.threads)
    model = next((ROOT / "models").glob("*/pipeline"))
    pipe = StableDiffusionXLPipeline.from_pretrained(model, dtype=torch.float32)
    pipe.set_progress_bar_config(disable=True)
    config = pipe.scheduler.config
    worst = math.inf
    with tempfile.TemporaryDirectory() as folder:
        for index, (prompt, seed, guidance, scheduler) in enumerate(CASES):
            pipe.scheduler = scheduler.from_config(config)
            theirs = pipe(
                prompt,
                num_inference_steps=options.steps,
                guidance_scale=guidance,
                generator=torch.Generator().manual_seed(seed),
            ).images[0]
            path = pathlib.Path(folder) / f"{index}.png"
            command = [
                ROOT / "tintype", "generate", prompt, "-o", path, "--steps", options.steps, "--seed", seed,
                "--guidance-scale", guidance, "--scheduler", scheduler.__name__, "--threads", options.threads,
            ]
            subprocess.run([str(word) for word in command], check=True, stdout=subprocess.DEVNULL)
            level = psnr(numpy.asarray(theirs.convert("RGB")), numpy.asarray(Image.open(path).convert("RGB")))
            worst = min(worst, level)
            print(f"{level:7.2f} dB  {scheduler.__name__:32} seed {seed}  {prompt}", flush=True)
    print(f"worst: {worst:.2f} dB (wanted 50)")
    sys.exit(worst < 50)


if __name__ == "__main__":
    main()
