"""The devices: numpy's BLAS on the CPU, torch on the CPU, torch on a CUDA device; all asked in the same words.

Test data are no draws of the model: numpy's come from `sampling`, torch's from a seeded generator on the device.
"""

from __future__ import annotations

import importlib
import importlib.util
import math
import os
import time
from collections.abc import Callable, Sequence
from typing import Any, Protocol

from capacity.errors import fail
from capacity.measuring.shapes import Product

Run = Callable[[], object]
HOW_TO_INSTALL = "pip install 'capacity[measure]' installs it"
BYTES = {"fp64": 8, "fp32": 4, "tf32": 4, "bf16": 2, "fp16": 2, "fp8": 1}


class Device(Protocol):
    """What a measurement asks of a library and the device that it drives."""

    kind: str
    library: str
    precisions: tuple[str, ...]
    failures: tuple[type[Exception], ...]

    def products(self, products: Sequence[Product], precision: str, data: str) -> Run:
        """One pass through the products, in order, on data that lie ready."""

    def copy(self, size: int, data: str) -> Run:
        """One copy of a buffer of so many bytes."""

    def read(self, size: int, data: str) -> Run:
        """One pass that reads a buffer of so many bytes and writes next to nothing."""

    def seconds(self, run: Run, passes: int) -> float:
        """How long so many passes take, from idle to all done [s]."""

    def free_bytes(self) -> float:
        """Memory that may be filled [B]."""

    def facts(self) -> dict[str, Any]:
        """The fields of `measurement.Device`, as far as the library knows them."""

    def versions(self) -> dict[str, str]:
        """What was at work, by name."""

    def methods(self) -> dict[str, str]:
        """How each kind of figure is taken, in words."""


def open_device(kind: str | None) -> Device:
    """The device of a kind, by the best library that is installed; `InputError` where there is none.

    Without a kind: CUDA where torch finds such a device, else the CPU.
    """
    has_torch = importlib.util.find_spec("torch") is not None
    if kind is None:
        kind = "cuda" if has_torch and importlib.import_module("torch").cuda.is_available() else "cpu"
    if kind == "cpu":
        return TorchDevice("cpu") if has_torch else NumpyDevice()
    if not has_torch:
        raise fail("--device", "cuda needs torch, which is not installed", HOW_TO_INSTALL)
    torch = importlib.import_module("torch")
    if not torch.cuda.is_available():
        built = "torch finds no CUDA device" if torch.version.cuda else "this torch is built without CUDA"
        raise fail("--device", f"cuda: {built}", "cpu, or a machine with an accelerator and its driver")
    return TorchDevice("cuda")


def processor_facts() -> dict[str, Any]:
    """The CPU as the system calls it, and the cores that this process may use."""
    from capacity.load import processor_name

    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return {"kind": "cpu", "name": processor_name(), "cores": cores}


def _half_of_memory() -> float:
    """Half of the machine's memory [B]: what is free just now says little, as files fill the rest."""
    if hasattr(os, "sysconf") and "SC_PHYS_PAGES" in os.sysconf_names:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 2
    return math.inf


def _clocked(run: Run, passes: int) -> float:
    start = time.perf_counter()
    for _ in range(passes):
        run()
    return time.perf_counter() - start


class NumpyDevice:
    """The CPU by numpy and the BLAS that it is linked with."""

    kind = "cpu"
    library = "numpy"
    precisions: tuple[str, ...] = ("fp64", "fp32")
    failures: tuple[type[Exception], ...] = (MemoryError,)

    def _array(self, rows: int, columns: int, precision: str, data: str) -> Any:
        import numpy as np

        from capacity.sampling import normals

        kind = np.float64 if precision == "fp64" else np.float32
        if data == "zeros":
            found = np.zeros((rows, columns), kind)
            found.fill(0)  # touch the pages: untouched ones all lie in one page of zeros
            return found
        tile = normals(0, "measure", 0, 2**16 + 1).astype(kind)  # an odd length, so that rows differ
        return np.resize(tile, (rows, columns))

    def operands(self, product: Product, precision: str, data: str) -> tuple[Any, Any]:
        """Both matrices of a product, shapes (m, k) and (k, n), lying in memory as the product says."""
        m, n, k = product.m, product.n, product.k
        first = self._array(k, m, precision, data).T if product.first_transposed else self._array(m, k, precision, data)
        second = (
            self._array(n, k, precision, data).T if product.second_transposed else self._array(k, n, precision, data)
        )
        return first, second

    def products(self, products: Sequence[Product], precision: str, data: str) -> Run:
        """One pass through the products, each into a result that lies ready."""
        import numpy as np

        work = []
        for product in products:
            first, second = self.operands(product, precision, data)
            work.append((first, second, np.empty((product.m, product.n), first.dtype)))

        def run() -> object:
            for first, second, result in work:
                np.matmul(first, second, out=result)
            return work[-1][2]

        return run

    def copy(self, size: int, data: str) -> Run:
        """One copy between two buffers."""
        import numpy as np

        source = self._array(1, size // 4, "fp32", data)
        target = np.ones_like(source)
        return lambda: np.copyto(target, source)

    def read(self, size: int, data: str) -> Run:
        """A vector times itself: every number is read once."""
        vector = self._array(1, size // 4, "fp32", data)[0]
        return lambda: vector @ vector

    def seconds(self, run: Run, passes: int) -> float:
        """By the clock: numpy returns when the work is done."""
        return _clocked(run, passes)

    def free_bytes(self) -> float:
        """Half of the machine's memory."""
        return _half_of_memory()

    def facts(self) -> dict[str, Any]:
        """The CPU's name and cores."""
        return processor_facts()

    def versions(self) -> dict[str, str]:
        """numpy and its BLAS."""
        import numpy as np

        config: Any = np.show_config(mode="dicts")
        blas = config.get("Build Dependencies", {}).get("blas", {})
        return {"numpy": np.__version__, "blas": f"{blas.get('name', 'unknown')} {blas.get('version', '')}".strip()}

    def methods(self) -> dict[str, str]:
        """How each kind of figure is taken."""
        return {
            "product": "numpy.matmul into a ready result, wall clock",
            "memory_copy": "numpy.copyto between two buffers, bytes read and written both counted, wall clock",
            "memory_read": "dot product of a float32 vector with itself, bytes read once, wall clock",
        }


class TorchDevice:
    """A CPU or CUDA device by torch 2."""

    library = "torch"
    precisions: tuple[str, ...]
    failures: tuple[type[Exception], ...] = (RuntimeError, TypeError, AttributeError)  # what torch raises if it cannot

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self.torch: Any = importlib.import_module("torch")
        self.precisions = tuple(BYTES) if kind == "cuda" else ("fp64", "fp32", "bf16")
        self.random = self.torch.Generator(device=kind).manual_seed(0)

    def _type(self, precision: str) -> Any:
        names = {"fp64": "float64", "tf32": "float32", "bf16": "bfloat16", "fp16": "float16", "fp8": "float8_e4m3fn"}
        return getattr(self.torch, names.get(precision, "float32"))

    def _matrix(self, rows: int, columns: int, precision: str, data: str) -> Any:
        kind = self._type(precision)
        if data == "zeros":
            return self.torch.empty((rows, columns), device=self.kind, dtype=self.torch.float32).fill_(0).to(kind)
        made = self.torch.float64 if precision == "fp64" else self.torch.float32
        found = self.torch.empty((rows, columns), device=self.kind, dtype=made)
        return found.normal_(generator=self.random).to(kind)

    def operands(self, product: Product, precision: str, data: str) -> tuple[Any, Any]:
        """Both matrices of a product, shapes (m, k) and (k, n), lying in memory as the product says.

        FP8 products take the first by rows and the second by columns, whatever the product says.
        """
        m, n, k = product.m, product.n, product.k
        flip_first = product.first_transposed and precision != "fp8"
        flip_second = product.second_transposed or precision == "fp8"
        first = self._matrix(k, m, precision, data).t() if flip_first else self._matrix(m, k, precision, data)
        second = self._matrix(n, k, precision, data).t() if flip_second else self._matrix(k, n, precision, data)
        return first, second

    def _allow_tf32(self, wanted: bool) -> None:
        """Set how FP32 products are done; torch 2.9 has a new switch, and to mix it with the old one is an error."""
        switch = self.torch.backends.cuda.matmul
        if hasattr(switch, "fp32_precision"):
            switch.fp32_precision = "tf32" if wanted else "ieee"
        else:
            switch.allow_tf32 = wanted

    def products(self, products: Sequence[Product], precision: str, data: str) -> Run:
        """One pass through the products, each into a result that lies ready (FP8: into a new one)."""
        torch = self.torch
        if self.kind == "cuda":
            torch.cuda.empty_cache()
            self._allow_tf32(precision == "tf32")
        pairs = [self.operands(product, precision, data) for product in products]
        if precision == "fp8":
            one = torch.ones((), device=self.kind, dtype=torch.float32)

            def run_fp8() -> object:
                found = None
                for first, second in pairs:
                    found = torch._scaled_mm(
                        first, second, scale_a=one, scale_b=one, out_dtype=torch.bfloat16, use_fast_accum=True
                    )
                return found

            return run_fp8
        results = [torch.empty((p.m, p.n), device=self.kind, dtype=pairs[0][0].dtype) for p in products]

        def run() -> object:
            for (first, second), result in zip(pairs, results, strict=True):
                torch.mm(first, second, out=result)
            return results[-1]

        return run

    def copy(self, size: int, data: str) -> Run:
        """One copy between two buffers of the device."""
        source = self._matrix(1, size // 4, "fp32", data)
        target = self.torch.ones_like(source)
        return lambda: target.copy_(source)

    def read(self, size: int, data: str) -> Run:
        """A sum: every number is read once."""
        vector = self._matrix(1, size // 4, "fp32", data)
        return lambda: vector.sum()

    def seconds(self, run: Run, passes: int) -> float:
        """By events on the device's own queue on CUDA, by the clock on a CPU."""
        if self.kind == "cpu":
            return _clocked(run, passes)
        start, end = (self.torch.cuda.Event(enable_timing=True) for _ in range(2))
        start.record()
        for _ in range(passes):
            run()
        end.record()
        end.synchronize()
        return float(start.elapsed_time(end)) / 1e3

    def free_bytes(self) -> float:
        """Memory that the device has free; half of the machine's on a CPU."""
        if self.kind == "cpu":
            return _half_of_memory()
        self.torch.cuda.empty_cache()
        return float(self.torch.cuda.mem_get_info()[0])

    def facts(self) -> dict[str, Any]:
        """The device's name and memory as torch reports them."""
        if self.kind == "cpu":
            return processor_facts()
        known = self.torch.cuda.get_device_properties(0)
        return {"kind": "cuda", "name": known.name, "memory_reported_mib": known.total_memory / 2**20}

    def uuid(self) -> str | None:
        """The CUDA device's own id, by which NVML finds the same board; None where this torch does not tell."""
        found = getattr(self.torch.cuda.get_device_properties(0), "uuid", None)
        return f"GPU-{str(found).removeprefix('GPU-')}" if found else None

    def versions(self) -> dict[str, str]:
        """torch and, on CUDA, what it was built for."""
        found = {"torch": str(self.torch.__version__)}
        if self.kind == "cuda":
            found["cuda"] = str(self.torch.version.cuda)
        return found

    def methods(self) -> dict[str, str]:
        """How each kind of figure is taken."""
        clock = "CUDA events around back-to-back passes" if self.kind == "cuda" else "wall clock"
        return {
            "product": f"torch.mm into a ready result, {clock}",
            "fp8": f"torch._scaled_mm, e4m3 by e4m3 into bfloat16, one scale each, fast accumulation, {clock}",
            "memory_copy": f"torch copy_ between two buffers, bytes read and written both counted, {clock}",
            "memory_read": f"torch sum of a float32 vector, bytes read once, {clock}",
        }
