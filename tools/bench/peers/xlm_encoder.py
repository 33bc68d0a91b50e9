"""Encodes sentences with an XLM encoder in PyTorch, Hugging Face's or a plain one: xlm_encoder.py THREADS IMPL CONFIG, told over
stdin their lengths in batches."""
import json
import math
import resource
import sys
import time

import torch
import torch.nn.functional as F
from torch import nn

threads, impl, config = int(sys.argv[1]), sys.argv[2], json.loads(sys.argv[3])
layers, dim, heads, vocab, langs = (config[key] for key in ("nLayers", "embDim", "nHeads", "vocabSize", "nLangs"))
torch.manual_seed(0)
torch.set_num_threads(threads)
EPS, PAD, MAX_LEN = 1e-12, 2, 512


class Layer(nn.Module):
    def __init__(self):
        super().__init__()
        self.q, self.k, self.v, self.out = (nn.Linear(dim, dim) for _ in range(4))
        self.norm1, self.norm2 = nn.LayerNorm(dim, eps=EPS), nn.LayerNorm(dim, eps=EPS)
        self.wide, self.narrow = nn.Linear(dim, 4 * dim), nn.Linear(4 * dim, dim)

    def forward(self, x, hidden):
        rows, seq, _ = x.shape
        split = lambda t: t.view(rows, seq, heads, dim // heads).transpose(1, 2)
        q, k, v = split(self.q(x)) / math.sqrt(dim // heads), split(self.k(x)), split(self.v(x))
        scores = (q @ k.transpose(2, 3)).masked_fill_(hidden, -math.inf)
        context = (torch.softmax(scores, -1) @ v).transpose(1, 2).reshape(rows, seq, dim)
        x = self.norm1(x + self.out(context))
        return self.norm2(x + self.narrow(F.gelu(self.wide(x))))


class Plain(nn.Module):
    def __init__(self):
        super().__init__()
        self.tokens = nn.Embedding(vocab, dim, padding_idx=PAD)
        self.places, self.langs = nn.Embedding(MAX_LEN, dim), nn.Embedding(langs, dim)
        self.norm = nn.LayerNorm(dim, eps=EPS)
        self.layers = nn.ModuleList(Layer() for _ in range(layers))

    def forward(self, ids, attention_mask, langs):
        mask = attention_mask.unsqueeze(-1)
        x = self.norm(self.tokens(ids) + self.places(torch.arange(ids.shape[1])) + self.langs(langs)) * mask
        hidden = (attention_mask == 0)[:, None, None, :]
        for layer in self.layers:
            x = layer(x, hidden) * mask
        return x


def create():
    if impl == "pytorch":
        return Plain(), {}
    import transformers

    sizes = dict(vocab_size=vocab, emb_dim=dim, n_layers=layers, n_heads=heads, n_langs=langs)
    ids = dict(bos_index=0, eos_index=1, pad_index=PAD, unk_index=3, mask_index=5)
    choices = dict(gelu_activation=True, causal=False, asm=False, layer_norm_eps=EPS, max_position_embeddings=MAX_LEN)
    model = transformers.XLMModel(transformers.XLMConfig(**sizes, **ids, **choices))
    return model, {"transformers": transformers.__version__}


def sentences(lengths):
    mask = (torch.arange(max(lengths)) < torch.tensor(lengths)[:, None]).long()
    ids = torch.randint(14, vocab, mask.shape) * mask + PAD * (1 - mask)
    return ids, mask, torch.zeros_like(ids)


model, facts = create()
model.eval()
print(json.dumps({"torch": torch.__version__, **facts}), flush=True)
for line in sys.stdin:
    batches = [sentences(lengths) for lengths in json.loads(line)]
    start = time.perf_counter()
    with torch.no_grad():
        for ids, mask, langs_of in batches:
            model(ids, attention_mask=mask, langs=langs_of)
    seconds = time.perf_counter() - start
    count = sum(len(ids) for ids, _, _ in batches)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"sentencesPerSecond": count / seconds, "peakMiB": peak}), flush=True)
