"""Times models of true size with random weights in Tintype and in other engines, and prints a table.

    venv/bin/python bench/peers/compare.py [--models sd15-unet,sd15-vae-decode] [--size 512] [--batch 1] [--threads 2] [--rounds 5] [--repeats 2]
        [--dtype f32|bf16|f16] [--quantize int8-dynamic] [--openvino-group 128] [--memory-budget SIZE] [--engines tintype:eager,tintype:default,pytorch,pytorch:default,pytorch:max-autotune,openvino,onnxruntime] [--json FILE]

One engine is resident at a time. Each is a process of its own: it loads the model, makes a first call, one to warm up and --rounds timed ones, and
ends; then comes the next one, and after the last the first again, --repeats times: A-B-A-B. Medians are over all timed calls of an engine. Models of
OpenVINO and ONNX Runtime are exported from PyTorch before, which counts for nothing. Memory is the most that was resident of no file.

--dtype is what all compute in: PyTorch's module is of that type, OpenVINO gets it as the precision to infer in, ONNX Runtime does f32 alone. --quantize int8-dynamic quantises linear
layers as each engine's own filter chooses: Tintype the guide's, PyTorch all of them (quantize_dynamic), OpenVINO all of them (NNCF's weights of 8 bits) with inputs in groups of --openvino-group
numbers.
"""
import argparse
import json
import os
import pathlib
import platform
import statistics
import subprocess
import sys
import tempfile
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
PUBLISHED = ROOT / "diffusion/src/main/resources/true-size"
CONFIGURATIONS = {
    "tiny": ROOT / "models/tiny-cartoon-sdxl/pipeline",
    "sd15": PUBLISHED / "sd15",
    "sdxl": PUBLISHED / "sdxl",
}
MODELS = [f"{checkpoint}-{part}" for checkpoint in CONFIGURATIONS for part in ("unet", "vae-decode")]
TINTYPE_MODES = ["eager", "default", "reduce-overhead", "max-autotune", "max-autotune-no-cudagraphs"]
TORCH_MODES = ["default", "reduce-overhead", "max-autotune", "max-autotune-no-cudagraphs"]
EXPORTED = ["openvino", "onnxruntime"]
ENGINES = [f"tintype:{mode}" for mode in TINTYPE_MODES] + ["pytorch"] + [f"pytorch:{mode}" for mode in TORCH_MODES] + EXPORTED
USUAL = "tintype:eager,tintype:default,pytorch,pytorch:default,pytorch:max-autotune,openvino,onnxruntime"
DTYPES = {"f32": "float32", "bf16": "bfloat16", "f16": "float16"}
WARMUP = 1
OPENVINO_GROUP = 128


def module_and_inputs(model, size, batch):
    """PyTorch's module with random weights, which takes tensors alone, and the tensors."""
    import torch
    from diffusers import AutoencoderKL, UNet2DConditionModel

    class Unet(torch.nn.Module):
        def __init__(self, unet):
            super().__init__()
            self.unet = unet

        def forward(self, latents, timestep, text, *added):
            more = {"text_embeds": added[0], "time_ids": added[1]} if added else None
            return self.unet(latents, timestep, encoder_hidden_states=text, added_cond_kwargs=more, return_dict=False)[0]

    class Decoder(torch.nn.Module):
        def __init__(self, vae):
            super().__init__()
            self.vae = vae

        def forward(self, latents):
            return self.vae.decode(latents, return_dict=False)[0]

    torch.manual_seed(0)
    checkpoint, part = model.split("-", 1)
    folder = CONFIGURATIONS[checkpoint] / part.removesuffix("-decode")
    config = json.loads((folder / "config.json").read_text())
    latents = torch.randn(batch, 4, size // 8, size // 8)
    if part == "vae-decode":
        return Decoder(AutoencoderKL.from_config(config)).eval(), [latents]
    inputs = [latents, torch.tensor(601.0), torch.randn(batch, 77, config["cross_attention_dim"])]
    if config.get("addition_embed_type") == "text_time":
        pooled = config["projection_class_embeddings_input_dim"] - 6 * config["addition_time_embed_dim"]
        times = torch.tensor([[size, size, 0, 0, size, size]] * batch, dtype=torch.float32)
        inputs += [torch.randn(batch, pooled), times]
    return Unet(UNet2DConditionModel.from_config(config)).eval(), inputs


def export(engine, options, folder):
    """Writes what an engine loads, and the inputs beside it."""
    import numpy
    import torch

    module, inputs = module_and_inputs(options.models[0], options.size, options.batch)
    numpy.savez(folder / "inputs.npz", *[tensor.numpy() for tensor in inputs])
    with torch.no_grad():
        if engine == "openvino":
            import openvino

            converted = openvino.convert_model(module, example_input=tuple(inputs), input=[list(tensor.shape) for tensor in inputs])
            if options.quantize:
                import nncf

                layers = nncf.IgnoredScope(types=["Convolution"], validate=False)
                converted = nncf.compress_weights(converted, mode=nncf.CompressWeightsMode.INT8_SYM, ignored_scope=layers)
            openvino.save_model(converted, folder / "model.xml", compress_to_fp16=False)
        else:
            torch.onnx.export(module, tuple(inputs), folder / "model.onnx", dynamo=True, external_data=True)


def exported_inputs(folder):
    import numpy

    with numpy.load(folder / "inputs.npz") as file:
        return [file[name] for name in file.files]


def pytorch_call(mode, options):
    import torch

    torch.set_num_threads(options.threads)
    module, inputs = module_and_inputs(options.models[0], options.size, options.batch)
    dtype = getattr(torch, DTYPES[options.dtype])
    module = module.to(dtype=dtype, memory_format=torch.channels_last)
    inputs = [tensor.to(dtype) for tensor in inputs]
    inputs[0] = inputs[0].to(memory_format=torch.channels_last)
    if options.quantize:
        module = torch.ao.quantization.quantize_dynamic(module, {torch.nn.Linear}, dtype=torch.qint8)
    function = torch.compile(module, mode=mode, fullgraph=True) if mode else module

    def call():
        with torch.inference_mode():
            function(*inputs)

    return call


def openvino_call(options, folder):
    import openvino

    inputs = exported_inputs(folder)
    settings = {"INFERENCE_NUM_THREADS": options.threads, "INFERENCE_PRECISION_HINT": options.dtype, "PERFORMANCE_HINT": "LATENCY"}
    if options.quantize:
        settings["DYNAMIC_QUANTIZATION_GROUP_SIZE"] = options.openvino_group or OPENVINO_GROUP
    request = openvino.Core().compile_model(folder / "model.xml", "CPU", settings).create_infer_request()
    return lambda: request.infer(inputs)


def onnxruntime_call(options, folder):
    import onnxruntime

    settings = onnxruntime.SessionOptions()
    settings.intra_op_num_threads = options.threads
    session = onnxruntime.InferenceSession(folder / "model.onnx", settings, providers=["CPUExecutionProvider"])
    inputs = dict(zip([argument.name for argument in session.get_inputs()], exported_inputs(folder), strict=True))
    return lambda: session.run(None, inputs)


class Residence:
    """The most resident memory that belongs to no file, in bytes, looked at a hundred times a second."""

    def __init__(self):
        self.most = 0
        self.ended = threading.Event()
        self.thread = threading.Thread(target=self.watch, daemon=True)
        self.thread.start()

    def watch(self):
        while not self.ended.wait(0.01):
            with open("/proc/self/status") as status:
                self.most = max(self.most, next(int(line.split()[1]) << 10 for line in status if line.startswith("RssAnon")))

    def end(self):
        self.ended.set()
        self.thread.join()
        return self.most


def run_here(engine, options, folder):
    """The other engines' process: prints what it found as one line of JSON."""
    residence = Residence()
    start = time.perf_counter()
    name, _, mode = engine.partition(":")
    if name == "pytorch":
        call = pytorch_call(mode, options)
        start = time.perf_counter()  # drawing weights is nobody's work
    elif name == "openvino":
        call = openvino_call(options, folder)
    else:
        call = onnxruntime_call(options, folder)
    call()
    first = time.perf_counter() - start
    for _ in range(WARMUP):
        call()
    memory = residence.end()
    calls = []
    for _ in range(options.rounds):
        start = time.perf_counter()
        call()
        calls.append(time.perf_counter() - start)
    print(json.dumps({"first_s": first, "calls_s": calls, "peak_bytes": memory}), flush=True)


def run_tintype(mode, model, options, folder):
    file = folder / "tintype.json"
    command = [
        ROOT / "tintype", "bench", "--models", model, "--modes", mode, "--sizes", f"{options.size}x{options.size}", "--batch", options.batch,
        "--threads", options.threads, "--rounds", options.rounds, "--warmup", WARMUP, "--dtypes", options.dtype, "--json", file, "--force", "--quiet"]
    if options.quantize:
        command += ["--quantize", options.quantize]
    if options.memory_budget:
        command += ["--memory-budget", options.memory_budget]
    subprocess.run([str(word) for word in command], check=True, stdout=subprocess.DEVNULL)
    row = json.loads(file.read_text())["rows"][-1]  # the quantised one comes after the plain one
    if "refused" in row:
        sys.exit(f"tintype:{mode}: {row['refused']}")
    parts = row["first_call"]
    first = sum(parts[part] for part in ("record_s", "passes_s", "plan_s", "weights_s", "run_s"))
    return {"first_s": first, "calls_s": row["calls_s"], "peak_bytes": row["memory"]["peak_bytes"]}


def child(action, engine, model, options, folder):
    command = [
        sys.executable, __file__, "--action", action, "--engines", engine, "--models", model, "--size", options.size, "--batch", options.batch,
        "--threads", options.threads, "--rounds", options.rounds, "--dtype", options.dtype, "--folder", folder]
    if options.quantize:
        command += ["--quantize", options.quantize]
    if options.openvino_group is not None:
        command += ["--openvino-group", options.openvino_group]
    # OpenMP's threads of PyTorch and of compiled code
    environment = {**os.environ, "OMP_NUM_THREADS": str(options.threads)}
    done = subprocess.run([str(word) for word in command], stdout=subprocess.PIPE, text=True, env=environment)
    if done.returncode:
        sys.exit(f"{engine}: {action} of {model} failed, exit code {done.returncode}")
    return done.stdout.splitlines()


def run(engine, model, options, folder):
    name, _, mode = engine.partition(":")
    if name == "tintype":
        return run_tintype(mode, model, options, folder)
    return json.loads(child("run", engine, model, options, folder / name)[-1])


def compare(model, options):
    found = {engine: [] for engine in options.engines}
    with tempfile.TemporaryDirectory() as text:
        folder = pathlib.Path(text)
        for engine in options.engines:
            name = engine.partition(":")[0]
            (folder / name).mkdir(exist_ok=True)
            if name in EXPORTED:
                child("export", engine, model, options, folder / name)
        for repeat in range(options.repeats):
            for engine in options.engines:
                one = run(engine, model, options, folder)
                found[engine].append(one)
                print(f"{model} {engine} {repeat + 1}/{options.repeats}: first call {one['first_s']:.2f} s, "
                      f"median {statistics.median(one['calls_s']) * 1e3:.1f} ms", file=sys.stderr, flush=True)
    return found


def table(model, found, options):
    form = f"{options.dtype} {options.quantize}" if options.quantize else options.dtype
    print(f"\n{model}, {form}, at {options.size}x{options.size}, batch {options.batch}, {options.threads} threads, {options.repeats} processes of "
          f"{options.rounds} calls each\n")
    print("| engine | median ms | least–most | of the first engine | first calls s | memory MiB |")
    print("|---|--:|--:|--:|--:|--:|")
    base = statistics.median(time for one in found[options.engines[0]] for time in one["calls_s"])
    for engine, runs in found.items():
        times = [seconds for one in runs for seconds in one["calls_s"]]
        median = statistics.median(times)
        first = ", ".join(f"{one['first_s']:.1f}" for one in runs)
        memory = max(one["peak_bytes"] for one in runs) / 2**20
        print(f"| {engine} | {median * 1e3:.1f} | {min(times) * 1e3:.1f}–{max(times) * 1e3:.1f} | {median / base:.2f} | {first} | {memory:,.0f} |")


def machine():
    names = [line.split(":")[1].strip() for line in open("/proc/cpuinfo") if line.startswith("model name")]
    flags = next(line for line in open("/proc/cpuinfo") if line.startswith("flags")).split()
    width = "AVX-512" if "avx512f" in flags else "AVX2" if "avx2" in flags else "no AVX2"
    return f"{names[0]}, {len(names)} processors, {width}"


def versions(engines):
    from importlib.metadata import version

    commit = subprocess.run(["git", "-C", ROOT, "rev-parse", "--short", "HEAD"], capture_output=True, text=True).stdout.strip()
    packages = {"pytorch": ["torch"], "openvino": ["openvino", "torch"], "onnxruntime": ["onnxruntime", "torch"]}
    used = dict.fromkeys(package for engine in engines for package in packages.get(engine.partition(":")[0], []))
    return ", ".join([f"Tintype {commit}", f"Python {platform.python_version()}", *(f"{package} {version(package)}" for package in [*used, "diffusers"])])


def words(allowed, flag):
    def parse(text):
        given = text.split(",")
        if unknown := [word for word in given if word not in allowed]:
            sys.exit(f"{flag}: got {', '.join(unknown)}, wanted some of {', '.join(allowed)}")
        return given

    return parse


def main():
    options = argparse.ArgumentParser()
    options.add_argument("--models", type=words(MODELS, "--models"), default="sd15-unet,sd15-vae-decode")
    options.add_argument("--engines", type=words(ENGINES, "--engines"), default=USUAL)
    options.add_argument("--size", type=int, default=512)
    options.add_argument("--batch", type=int, default=1)
    options.add_argument("--threads", type=int, default=2)
    options.add_argument("--rounds", type=int, default=5)
    options.add_argument("--repeats", type=int, default=2)
    options.add_argument("--dtype", choices=DTYPES, default="f32")
    options.add_argument("--quantize", choices=["int8-dynamic"])
    options.add_argument("--openvino-group", type=int, help=f"numbers of a row that OpenVINO quantises by one scale ({OPENVINO_GROUP})")
    options.add_argument("--memory-budget", help="of Tintype, such as 4G: the others take what they take")
    options.add_argument("--json", type=pathlib.Path)
    options.add_argument("--action", choices=["compare", "export", "run"], default="compare", help=argparse.SUPPRESS)
    options.add_argument("--folder", type=pathlib.Path, help=argparse.SUPPRESS)
    options = options.parse_args()
    if options.action == "export":
        export(options.engines[0], options, options.folder)
        return
    if options.action == "run":
        run_here(options.engines[0], options, options.folder)
        return
    names = {engine.partition(":")[0] for engine in options.engines}
    if options.dtype != "f32" and "onnxruntime" in names:
        sys.exit(f"--dtype: got {options.dtype}, wanted f32 with onnxruntime")
    if options.quantize and "onnxruntime" in names:
        sys.exit("--quantize: got it with onnxruntime, wanted tintype, pytorch and openvino alone")
    if options.openvino_group is not None and not (options.quantize and "openvino" in names):
        sys.exit("--openvino-group: got it without openvino that is quantised, wanted --quantize and openvino among --engines")
    if options.openvino_group is not None and options.openvino_group < 1:
        sys.exit(f"--openvino-group: got {options.openvino_group}, wanted a positive number")
    if options.memory_budget and "tintype" not in names:
        sys.exit("--memory-budget: got it without tintype, which alone takes one")
    print(machine())
    print(versions(options.engines))
    print(time.strftime("%Y-%m-%d"), " ".join(sys.argv))
    results = {}
    for model in options.models:
        results[model] = compare(model, options)
        table(model, results[model], options)
    if options.json:
        options.json.write_text(json.dumps({"machine": machine(), "versions": versions(options.engines), "command": sys.argv, "results": results}, indent=1))


if __name__ == "__main__":
    main()
