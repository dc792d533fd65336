#!/usr/bin/env python3
"""Assembles all approved PTX with a pinned ptxas, for each GPU that it is for, and prints what it takes of one.

Ends with 1 if anything isn't assembled, or spills registers to memory. Needs no GPU. See README.md.
"""
import argparse
import pathlib
import re
import subprocess
import sys
import venv

PACKAGE = "nvidia-cuda-nvcc-cu12==12.9.86"
HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
APPROVED = ROOT / "llvm/src/test/resources/ptx"
BASE = "sm_80"
ARCHITECTURES = ["sm_80", "sm_90", "sm_100"]
# Of what ptxas says with -v, in the order of its lines.
ENTRY = re.compile(r"Compiling entry function '(\w+)'")
SPILLS = re.compile(r"(\d+) bytes stack frame, (\d+) bytes spill stores, (\d+) bytes spill loads")
USED = re.compile(r"Used (\d+) registers(?:.*?(\d+) bytes smem)?")


def assembler(folder: pathlib.Path) -> pathlib.Path:
    """ptxas of the pinned package, in an environment of its own."""
    known = sorted(folder.rglob("ptxas"))
    if not known:
        venv.create(folder, with_pip=True, clear=True)
        pip = [folder / "bin/python", "-m", "pip", "install", "--quiet", "--no-deps", "--only-binary=:all:", PACKAGE]
        subprocess.run(pip, check=True)
        known = sorted(folder.rglob("ptxas"))
    return known[0]


def text(name: str, architecture: str) -> str:
    """The approved text: whole, or that for the base with the lines that differ (ApprovedPtxTest writes them)."""
    changed = APPROVED / f"{name}.{architecture}.lines"
    if not changed.exists():
        return (APPROVED / f"{name}.{architecture}.ptx").read_text()
    lines = (APPROVED / f"{name}.{BASE}.ptx").read_text().split("\n")
    for line in changed.read_text().splitlines():
        number, content = line.split(":", 1)
        lines[int(number) - 1] = content
    return "\n".join(lines)


def kernels(log: str):
    """(entry, stack frame, spilled bytes, registers, shared bytes) of each kernel."""
    entry, stack, spilled = "", 0, 0
    for line in log.splitlines():
        if found := ENTRY.search(line):
            entry = found[1]
        elif found := SPILLS.search(line):
            stack, spilled = int(found[1]), int(found[2]) + int(found[3])
        elif found := USED.search(line):
            yield entry, stack, spilled, int(found[1]), int(found[2] or 0)


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--out", type=pathlib.Path, default=HERE / "target", help="PTX, cubins and the environment of ptxas")
    chosen = arguments.parse_args()
    chosen.out.mkdir(parents=True, exist_ok=True)
    ptxas = assembler(chosen.out / "venv")
    version = subprocess.run([ptxas, "--version"], check=True, capture_output=True, text=True).stdout.splitlines()[-2]
    names = sorted(path.name.removesuffix(f".{BASE}.ptx") for path in APPROVED.glob(f"*.{BASE}.ptx"))
    if not names:
        print(f"no approved PTX in {APPROVED}", file=sys.stderr)
        return 1
    wrong = []
    print(f"{PACKAGE}: {version}. Registers of a thread · bytes of shared memory of a block; no kernel spills.\n")
    print("| program | kernel | " + " | ".join(ARCHITECTURES) + " |\n|---|---|" + "---|" * len(ARCHITECTURES))
    for name in names:
        rows: dict[str, list[str]] = {}
        for architecture in ARCHITECTURES:
            source = chosen.out / f"{name}.{architecture}.ptx"
            source.write_text(text(name, architecture))
            command = [ptxas, "-v", f"-arch={architecture}", source, "-o", source.with_suffix(".cubin")]
            run = subprocess.run(command, capture_output=True, text=True)
            log = run.stdout + run.stderr
            found = list(kernels(log))
            if run.returncode or not found or "warning" in log:
                wrong.append(f"{source.name}: {log.strip()}")
            for entry, stack, spilled, registers, shared in found:
                if stack or spilled:
                    wrong.append(f"{source.name}: {entry}: {stack} bytes of stack, {spilled} bytes spilled")
                rows.setdefault(entry, []).append(f"{registers} · {shared}")
        for entry in sorted(rows):
            print(f"| {name} | {entry} | " + " | ".join(rows[entry]) + " |")
    for problem in wrong:
        print(problem, file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
