"""
Runs the encoder with the pairs that another implementation chose. Thousands of scores have neighbours that differ in
their last bits only, so two correct implementations rank a few rows differently. One such pair moves all slots behind it
to other positions, and later layers then read other blocks. Row by row, the two memories would have little in common.
So each pooling is compared by itself: it reads rows that follow the other's choices so far, and its own choices must be
nearly the same. With the same choices, the memories must be equal.
"""
import torch
from torch import Tensor

from model import Encoder, pairs


def groups_of(origins: Tensor, sizes: list[int]) -> list[Tensor]:
    """
    The groups of each pooling, int64 [k, size], from the tokens of each slot, int64 [s, r]. A slot lists its tokens as
    it was mixed, the winner of each pair first, and slots stand in the order of their first tokens.
    """
    groups, inner, position = [], 1, None
    for size in sizes:
        parts = origins.reshape(-1, size, inner)[:, :, 0]
        slots = parts[parts[:, 0].argsort()]
        groups.append(slots if position is None else position[slots])
        inner *= size
        position = torch.full((int(origins.max()) + 1,), -1)
        position[slots[:, 0]] = torch.arange(slots.shape[0])
    return groups


def chosen(score: Tensor, keep: int, base: float) -> Tensor:
    """The groups [k, size] that successive halving chooses by scores [1, n]."""
    groups = torch.arange(score.shape[1])[:, None]
    while score.shape[1] > keep:
        winner, loser, _, score = pairs(score, base)
        groups = torch.cat([groups[winner[0]], groups[loser[0]]], dim=1)
    return groups


def mixed(rows: Tensor, score: Tensor, groups: Tensor, base: float) -> Tensor:
    """Mixes the rows [n, d] of each group pair by pair."""
    x, v = rows[groups], score[groups]
    while x.shape[1] > 1:
        best, worst = v[:, 0::2], v[:, 1::2]
        weight = torch.sigmoid(base**best - base**worst)
        x = weight[..., None] * x[:, 0::2] + (1 - weight[..., None]) * x[:, 1::2]
        v = weight * best + (1 - weight) * worst
    return x[:, 0]


def follow(encoder: Encoder, ids: Tensor, origins: Tensor) -> tuple[Tensor, list[float]]:
    """
    The memory [s, d] of one document [1, n] with the choices in `origins` [s, r], and for each pooling the share of
    groups that it would have chosen too.
    """
    config, x = encoder.config, encoder.embed(ids)
    pools = [(i, layer.keep) for i, layer in enumerate(config.layers) if layer.keep is not None]
    sizes = [n // keep for n, keep in zip([ids.shape[1], *(keep for _, keep in pools)], (keep for _, keep in pools))]
    given = dict(zip((i for i, _ in pools), groups_of(origins, sizes)))
    shares = []
    for i, layer in enumerate(encoder.layers):
        x = layer(x)
        if i not in given:
            continue
        score, groups = encoder.pooler["scorer"][str(i)](x), given[i]
        own = {tuple(group) for group in chosen(score, groups.shape[0], config.base).tolist()}
        shares.append(sum(tuple(group) in own for group in groups.tolist()) / groups.shape[0])
        x = mixed(x[0], score[0], groups, config.base)[None]
    return x[0], shares
