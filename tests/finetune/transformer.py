"""A tiny transformer with random weights, as a folder in Hugging Face style."""

from __future__ import annotations

from pathlib import Path

import torch
from transformers import BertConfig, BertModel
from transformers.utils import logging

from tests.support.encoders import write_tokenizer


def write_bert(folder: Path, *, seed: int = 0) -> Path:
    """Write two layers of 32 dimensions and a word piece tokenizer, and give back the folder."""
    logging.disable_progress_bar()
    config = BertConfig(
        vocab_size=write_tokenizer(folder),
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=64,
        max_position_embeddings=160,
        initializer_range=0.2,
    )
    torch.manual_seed(seed)
    BertModel(config).save_pretrained(folder)
    return folder
