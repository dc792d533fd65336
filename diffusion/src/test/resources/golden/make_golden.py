"""Golden numbers beside the reference fixtures: python make_golden.py, with torch 2.15.0, diffusers 0.42.1 and transformers 5.23.0.

The roundings of torch's float32 square root and logarithm are those of MKL on AMD Zen.
"""
from pathlib import Path

import torch
from diffusers import StableDiffusionPipeline, StableDiffusionXLPipeline, UNet2DConditionModel
from safetensors.torch import save_file

HERE = Path(__file__).parent
CHECKPOINTS = HERE.parent / "fixtures" / "checkpoints"


def torch_functions():
    generator = torch.Generator().manual_seed(20)
    anywhere = torch.randint(0x00800000, 0x7EFFFFFF, (4096,), generator=generator, dtype=torch.int64)
    near_one = torch.randint(0x3E000000, 0x42000000, (4096,), generator=generator, dtype=torch.int64)
    x = torch.cat([anywhere, near_one]).to(torch.int32).view(torch.float32)
    save_file({"x": x, "sqrt": x.sqrt(), "log": x.log()}, HERE / "torch-functions.safetensors")


def prompt_embeds():
    """Calls with embeddings in place of prompts. Names: <case>/<argument>, <case>/latents after the last of 3 steps at 32 x 32 pixels."""
    tensors = {}
    generator = torch.Generator().manual_seed(30)

    def call(case, pipeline, embeds, **arguments):
        drawn = {name: torch.randn(shape, generator=generator) for name, shape in embeds.items()}
        latents = pipeline(
            **drawn,
            **arguments,
            height=32,
            width=32,
            num_inference_steps=3,
            generator=torch.Generator().manual_seed(5),
            output_type="latent",
        ).images
        tensors.update({f"{case}/{name}": value for name, value in drawn.items()})
        tensors[f"{case}/latents"] = latents

    sd = StableDiffusionPipeline.from_pretrained(CHECKPOINTS / "sd15", safety_checker=None, requires_safety_checker=False)
    call("sd-both", sd, {"prompt_embeds": (2, 100, 32), "negative_prompt_embeds": (2, 100, 32)}, num_images_per_prompt=2)
    call("sd-negative-text", sd, {"prompt_embeds": (1, 20, 32)}, negative_prompt="blurry")
    call("sd-no-negative", sd, {"prompt_embeds": (1, 77, 32)})
    call("sd-negative-only", sd, {"negative_prompt_embeds": (1, 77, 32)}, prompt="a fox")
    xl = StableDiffusionXLPipeline.from_pretrained(CHECKPOINTS / "sdxl-base")
    positive = {"prompt_embeds": (2, 90, 80), "pooled_prompt_embeds": (2, 40)}
    negative = {"negative_prompt_embeds": (2, 90, 80), "negative_pooled_prompt_embeds": (2, 40)}
    call("xl-both", xl, positive | negative, num_images_per_prompt=2)
    single = {"prompt_embeds": (1, 20, 80), "pooled_prompt_embeds": (1, 40)}
    call("xl-negative-text", xl, single, negative_prompt="blurry", negative_prompt_2="dark")
    call("xl-no-negative", xl, single)
    call("xl-unguided", xl, single, guidance_scale=1.0)
    save_file(tensors, HERE / "prompt-embeds.safetensors")


def upsample_nearest():
    """Sources of elements: pairs [n,2] of lengths (from, to), and for each pair its sources, one after the other."""
    pairs, sources = [], []
    for old in range(1, 120):
        row = torch.arange(old, dtype=torch.float32).view(1, 1, 1, old)
        for new in range(1, 240):
            got = torch.nn.functional.interpolate(row, size=(1, new), mode="nearest").flatten().long()
            rounded = not torch.equal(got, torch.arange(new) * old // new)
            if (rounded and (old + new) % 5 == 0) or (old * 7 + new) % 331 == 0:
                pairs.append((old, new))
                sources.append(got)
    save_file({"pairs": torch.tensor(pairs), "sources": torch.cat(sources).to(torch.uint8)}, HERE / "upsample-nearest.safetensors")


def unet_nested():
    """A denoiser whose numbers of transformer blocks differ from layer to layer, and between down and up."""
    torch.manual_seed(40)
    unet = UNet2DConditionModel(
        block_out_channels=(4, 8, 8),
        down_block_types=("DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D"),
        up_block_types=("CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"),
        layers_per_block=(1, 2, 2),
        transformer_layers_per_block=[0, [1, 2], [2, 1]],
        reverse_transformer_layers_per_block=[[1, 2, 1], [2, 0, 1], 1],
        attention_head_dim=2,
        cross_attention_dim=8,
        norm_num_groups=2,
    )
    unet.save_pretrained(HERE / "unet-nested")
    sample, text = torch.randn(2, 4, 7, 9), torch.randn(2, 5, 8)
    timestep = torch.tensor([301.0, 7.0])
    with torch.no_grad():
        output = unet(sample, timestep, text).sample
    tensors = {"sample": sample, "timestep": timestep, "encoder_hidden_states": text, "output": output}
    save_file(tensors, HERE / "unet-nested.safetensors")


if __name__ == "__main__":
    unet_nested()
    torch_functions()
    upsample_nearest()
    prompt_embeds()
