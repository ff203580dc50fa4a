"""
The pyramid of examples/deep-pyramidion.ben in PyTorch, written from the papers' formulas and independent of Benben:
a post-norm encoder with block attention and SoftTopK (Pietruszka et al. 2022, Algorithm 1), and a decoder with caches.

Weights have fairseq's names. A document has no padding, and its length fits every layer: it is a multiple of each block
or at most one block, and each pooling reads at most k rows, or k times a power of two.
"""
import math
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

PAD, EOS = 1, 2


@dataclass(frozen=True)
class Layer:
    """One layer of the encoder: the length of its blocks, and the rows that its pooling keeps (None: no pooling)."""

    block: int
    keep: int | None


@dataclass(frozen=True)
class Config:
    vocabulary: int
    width: int
    heads: int
    ffn: int
    length: int
    memory: int
    base: float
    layers: tuple[Layer, ...]
    decoder_layers: int


def sinusoids(rows: int, width: int) -> Tensor:
    """fairseq's positions [rows, width]: sines, then cosines; the row of padding is zero."""
    half = width // 2
    rates = torch.exp(torch.arange(half, dtype=torch.float64) * (-math.log(10000) / (half - 1)))
    angles = torch.arange(rows, dtype=torch.float64)[:, None] * rates
    table = torch.cat([angles.sin(), angles.cos()], dim=1)
    table[PAD] = 0
    return table.float()


class Attention(nn.Module):
    def __init__(self, config: Config):
        super().__init__()
        self.heads = config.heads
        for name in ("q_proj", "k_proj", "v_proj", "out_proj"):
            setattr(self, name, nn.Linear(config.width, config.width))

    def split(self, x: Tensor) -> Tensor:
        """[B, n, d] to [B, heads, n, d / heads]."""
        batch, n, width = x.shape
        return x.view(batch, n, self.heads, width // self.heads).transpose(1, 2)

    def keys_values(self, x: Tensor) -> tuple[Tensor, Tensor]:
        return self.split(self.k_proj(x)), self.split(self.v_proj(x))

    def attend(self, x: Tensor, keys: Tensor, values: Tensor, mask: Tensor | None = None) -> Tensor:
        context = F.scaled_dot_product_attention(self.split(self.q_proj(x)), keys, values, attn_mask=mask)
        return self.out_proj(context.transpose(1, 2).reshape(x.shape))

    def forward(self, x: Tensor, block: int) -> Tensor:
        """Every block of rows attends within itself."""
        blocks = x.reshape(-1, min(block, x.shape[1]), x.shape[2])
        return self.attend(blocks, *self.keys_values(blocks)).view(x.shape)


class FeedForward(nn.Module):
    """The feed-forward network of a layer with its residual and norm. Subclasses put attentions before it."""

    def __init__(self, config: Config):
        super().__init__()
        self.fc1 = nn.Linear(config.width, config.ffn)
        self.fc2 = nn.Linear(config.ffn, config.width)
        self.final_layer_norm = nn.LayerNorm(config.width)

    def feed(self, x: Tensor) -> Tensor:
        return self.final_layer_norm(x + self.fc2(F.relu(self.fc1(x))))


class EncoderLayer(FeedForward):
    def __init__(self, config: Config, block: int):
        super().__init__(config)
        self.block = block
        self.self_attn = Attention(config)
        self.self_attn_layer_norm = nn.LayerNorm(config.width)

    def forward(self, x: Tensor) -> Tensor:
        return self.feed(self.self_attn_layer_norm(x + self.self_attn(x, self.block)))


class DecoderLayer(FeedForward):
    def __init__(self, config: Config):
        super().__init__(config)
        self.self_attn = Attention(config)
        self.self_attn_layer_norm = nn.LayerNorm(config.width)
        self.encoder_attn = Attention(config)
        self.encoder_attn_layer_norm = nn.LayerNorm(config.width)

    def forward(self, x: Tensor, at: Tensor, own: tuple[Tensor, Tensor], memory: tuple[Tensor, Tensor], seen: Tensor) -> Tensor:
        """One word x [B, 1, d] at position `at` [1]. Writes its key and value into the caches `own` in place."""
        for cache, new in zip(own, self.self_attn.keys_values(x)):
            cache.index_copy_(2, at, new)
        x = self.self_attn_layer_norm(x + self.self_attn.attend(x, *own, mask=seen))
        x = self.encoder_attn_layer_norm(x + self.encoder_attn.attend(x, *memory))
        return self.feed(x)


class Scorer(nn.Module):
    """v = sigmoid(e·w + b) + 1e-5, in float32 or more for every type of model, because ranks follow from it."""

    def __init__(self, config: Config):
        super().__init__()
        self.weight = nn.Parameter(torch.empty(1, config.width))
        self.bias = nn.Parameter(torch.empty(1))

    def forward(self, x: Tensor) -> Tensor:
        wide = torch.promote_types(x.dtype, torch.float32)
        score = torch.sigmoid(F.linear(x.to(wide), self.weight.to(wide), self.bias.to(wide)))
        return score.squeeze(-1) + 1e-5


def rows_at(x: Tensor, index: Tensor) -> Tensor:
    return x.gather(1, index[..., None].expand(-1, -1, x.shape[2]))


def pairs(score: Tensor, base: float) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """
    One round of halving for scores [B, n]: the winner and the loser of each pair [B, n / 2], in the order of the winners,
    the weight of the winner, and the score of the pair. The best is paired with the worst.
    """
    half = score.shape[1] // 2
    # On the CPU this sort keeps the order of equal scores. The ONNX exporter knows no sort that must be stable.
    order = torch.sort(score, dim=1, descending=True).indices
    winner, back = torch.sort(order[:, :half], dim=1)
    loser = order[:, half:].flip(1).gather(1, back)
    best, worst = score.gather(1, winner), score.gather(1, loser)
    weight = torch.sigmoid(base**best - base**worst)
    return winner, loser, weight, weight * best + (1 - weight) * worst


def soft_topk(rows: Tensor, score: Tensor, keep: int, base: float) -> Tensor:
    """Successive halving: each round mixes pairs of rows."""
    while rows.shape[1] > keep:
        winner, loser, weight, score = pairs(score, base)
        mixed = weight[..., None].to(rows.dtype)
        rows = mixed * rows_at(rows, winner) + (1 - mixed) * rows_at(rows, loser)
    return rows


class Encoder(nn.Module):
    def __init__(self, config: Config):
        super().__init__()
        self.config = config
        self.embed_tokens = nn.Embedding(config.vocabulary, config.width)
        self.layers = nn.ModuleList(EncoderLayer(config, layer.block) for layer in config.layers)
        self.pooler = nn.ModuleDict({"scorer": nn.ModuleDict(
            {str(i): Scorer(config) for i, layer in enumerate(config.layers) if layer.keep is not None}
        )})
        self.register_buffer("positions", sinusoids(config.length + PAD + 1, config.width), persistent=False)

    def embed(self, ids: Tensor) -> Tensor:
        first = PAD + 1
        return math.sqrt(self.config.width) * self.embed_tokens(ids) + self.positions[first : first + ids.shape[1]]

    def forward(self, ids: Tensor) -> Tensor:
        """ids int64 [B, n] to the memory [B, s, d]."""
        x = self.embed(ids)
        for i, (layer, given) in enumerate(zip(self.layers, self.config.layers)):
            x = layer(x)
            if given.keep is not None and x.shape[1] > given.keep:
                x = soft_topk(x, self.pooler["scorer"][str(i)](x), given.keep, self.config.base)
        return x


Caches = list[tuple[Tensor, Tensor]]


class Decoder(nn.Module):
    def __init__(self, config: Config, embed_tokens: nn.Embedding):
        super().__init__()
        self.config = config
        self.layers = nn.ModuleList(DecoderLayer(config) for _ in range(config.decoder_layers))
        self.embed_tokens = embed_tokens
        # A Linear that shares the matrix of the embeddings, so that PyTorch's quantisation finds it.
        self.output = nn.Linear(config.width, config.vocabulary, bias=False)
        self.output.weight = embed_tokens.weight

    def prefill(self, memory: Tensor) -> Caches:
        """The keys and values of the memory for each layer."""
        return [layer.encoder_attn.keys_values(memory) for layer in self.layers]

    def room(self, memory: Tensor, words: int) -> Caches:
        """Caches for this number of words."""
        batch, heads = memory.shape[0], self.config.heads
        shape = (batch, heads, words, self.config.width // heads)
        return [(memory.new_zeros(shape), memory.new_zeros(shape)) for _ in self.layers]

    def logits(self, word: Tensor, at: Tensor, own: Caches, memory: Caches) -> Tensor:
        """The logits [B, V] after the word [B, 1] at position `at` [1]."""
        x = math.sqrt(self.config.width) * self.embed_tokens(word)
        seen = (torch.arange(own[0][0].shape[2]) <= at)[None, None, None]
        for layer, mine, theirs in zip(self.layers, own, memory):
            x = layer(x, at, mine, theirs, seen)
        return self.output(x)[:, -1]

    def forward(self, word: Tensor, at: Tensor, own: Caches, memory: Caches) -> tuple[Tensor, Tensor]:
        """The next word [B, 1] of a greedy search that must not end, and its log-probability."""
        chances = F.log_softmax(self.logits(word, at, own, memory).float(), dim=-1)
        chances[:, PAD : EOS + 1] = -torch.inf
        score, best = chances.max(dim=-1, keepdim=True)
        return best, score


class Model(nn.Module):
    def __init__(self, config: Config):
        super().__init__()
        self.encoder = Encoder(config)
        self.decoder = Decoder(config, self.encoder.embed_tokens)

    def load(self, tensors: dict[str, Tensor]) -> None:
        """Loads weights with fairseq's names. The decoder shares the encoder's embeddings."""
        shared = tensors["encoder.embed_tokens.weight"]
        self.load_state_dict({**tensors, "decoder.embed_tokens.weight": shared, "decoder.output.weight": shared})


def greedy(step, decoder: Decoder, memory: Tensor, words: int, room: int) -> list[int]:
    """The words that `step` (the decoder, or a compiled form of it) chooses for one document, with caches for `room`."""
    own, theirs = decoder.room(memory, room), decoder.prefill(memory)
    word, written = torch.full((memory.shape[0], 1), EOS), []
    for at in range(words):
        word, _ = step(word, torch.tensor([at]), own, theirs)
        written.append(word.item())
    return written
