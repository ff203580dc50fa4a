"""
Runs the forms of the PyTorch model on request. Each line of the standard input is a request as JSON, `{"do": COMMAND,
…}`, and each is answered by one line, `{"value": …}` or `{"error": TEXT}`. Numbers of tensors go through files of
float32 without a header.
"""
import copy
import json
import logging
import os
import sys
import traceback

import numpy
import torch
from safetensors.torch import load_file
from torch import Tensor, nn

from follow import follow
from model import Caches, Config, Decoder, Layer, Model, greedy


class Form:
    """A form in which a model runs: its modules, and the functions that run its encoder and its step."""

    def __init__(self, model: Model, compiled: bool = False):
        self.model = model
        self.encode = torch.compile(model.encoder, dynamic=False) if compiled else model.encoder
        self.step = torch.compile(model.decoder, dynamic=False) if compiled else model.decoder


def quantized(model: Model) -> Model:
    from torch.ao.quantization import quantize_dynamic

    return quantize_dynamic(model, {nn.Linear}, dtype=torch.qint8)


FORMS = {
    "eager": lambda model: Form(model),
    "compiled": lambda model: Form(model, compiled=True),
    "bf16": lambda model: Form(copy.deepcopy(model).bfloat16()),
    "bf16Compiled": lambda model: Form(copy.deepcopy(model).bfloat16(), compiled=True),
    "int8": lambda model: Form(quantized(model)),
}


class ExportedStep(nn.Module):
    """A step that returns its caches instead of changing them, because a graph cannot change its inputs."""

    def __init__(self, decoder: Decoder):
        super().__init__()
        self.decoder = decoder

    def forward(self, word: Tensor, at: Tensor, own: Caches, memory: Caches) -> tuple[Tensor, Tensor, Caches]:
        grown = [(key.clone(), value.clone()) for key, value in own]
        word, score = self.decoder(word, at, grown, memory)
        return word, score, grown


class Server:
    def open(self, weights: str, config: dict, documents: dict[str, list[int]]) -> int:
        """Loads a model. Returns PyTorch's number of threads."""
        layers = tuple(Layer(**layer) for layer in config.pop("layers"))
        self.model = Model(Config(**config, layers=layers)).eval()
        self.model.load(load_file(weights))
        self.documents = {name: torch.tensor([ids]) for name, ids in documents.items()}
        self.forms: dict[str, Form] = {}
        return torch.get_num_threads()

    def form(self, name: str) -> Form:
        if name not in self.forms:
            self.forms[name] = FORMS[name](self.model)
        return self.forms[name]

    def encode(self, form: str, document: str, out: str | None = None) -> None:
        memory = self.form(form).encode(self.documents[document])
        if out is not None:
            memory.float().numpy().tofile(out)

    def follow(self, document: str, origins: str, out: str) -> list[float]:
        """Writes the memory with the choices in a file of int64, and returns the share of them that PyTorch makes too."""
        given = torch.from_numpy(numpy.fromfile(origins, dtype=numpy.int64)).view(self.model.encoder.config.memory, -1)
        memory, shares = follow(self.model.encoder, self.documents[document], given)
        memory.numpy().tofile(out)
        return shares

    def greedy(self, form: str, document: str, words: int, room: int | None = None) -> list[int]:
        """The words of a greedy search with caches for `room` words. Only the steps run in a compiled form."""
        model, step = self.form(form).model, self.form(form).step
        return greedy(step, model.decoder, model.encoder(self.documents[document]), words, room or words)

    def logits(self, form: str, document: str, words: list[int], out: str) -> None:
        """Writes the logits [words, V] of the decoder, which reads these words."""
        model = self.form(form).model
        memory = model.encoder(self.documents[document])
        own, theirs = model.decoder.room(memory, len(words)), model.decoder.prefill(memory)
        rows = [
            model.decoder.logits(torch.tensor([[word]]), torch.tensor([at]), own, theirs)
            for at, word in enumerate(words)
        ]
        torch.cat(rows).float().numpy().tofile(out)

    def export(self, document: str, encoder: str) -> None:
        self.write(self.model.encoder, (self.documents[document],), encoder, ["ids"], ["memory"])

    def export_step(self, document: str, words: int, step: str, caches: str) -> list[list[int]]:
        """Writes the graph of a step, and the keys and values of the memory. Returns the shapes of a cache of each."""
        decoder = self.model.decoder
        memory = self.model.encoder(self.documents[document])
        own, theirs = decoder.room(memory, words), decoder.prefill(memory)
        names = [f"{part}.{i}" for i in range(len(own)) for part in ("key", "value")]
        inputs = ["word", "at", *(f"own.{name}" for name in names), *(f"memory.{name}" for name in names)]
        outputs = ["next", "score", *(f"grown.{name}" for name in names)]
        args = (torch.tensor([[2]]), torch.tensor([0]), own, theirs)
        self.write(ExportedStep(decoder), args, step, inputs, outputs)
        torch.stack([part for pair in theirs for part in pair]).contiguous().numpy().tofile(caches)
        return [list(own[0][0].shape), list(theirs[0][0].shape)]

    def write(self, module: nn.Module, args: tuple, path: str, inputs: list[str], outputs: list[str]) -> None:
        torch.onnx.export(
            module.eval(), args, path, dynamo=True, external_data=True, input_names=inputs, output_names=outputs, verbose=False
        )


def main() -> None:
    logging.getLogger("torch.onnx").setLevel(logging.ERROR)
    # Libraries print to the standard output, so the answers get a channel of their own.
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    server = Server()
    with torch.inference_mode():
        for line in sys.stdin:
            request = json.loads(line)
            try:
                answer = {"value": getattr(server, request.pop("do"))(**request)}
            except Exception:
                answer = {"error": traceback.format_exc()}
            print(json.dumps(answer), file=answers, flush=True)


main()
