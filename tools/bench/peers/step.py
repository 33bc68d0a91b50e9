"""MLM training steps of a post-layer-norm XLM encoder in PyTorch: step.py THREADS SIZE, told over stdin for how many seconds."""
import json
import math
import resource
import sys
import time

import torch
import torch.nn.functional as F
from torch import nn

size = json.loads(sys.argv[2])
layers, dim, heads, vocab = (size[key] for key in ("nLayers", "embDim", "nHeads", "vocabSize"))
batch, seq, n_targets = size["rows"], size["seq"], size["targets"]
rate, clip, lr = size["dropout"], size["clip"], size["lr"]
torch.manual_seed(0)
torch.set_num_threads(int(sys.argv[1]))
EPS, PAD, LANGS, MAX_LEN = 1e-12, 2, 2, 512


class Layer(nn.Module):
    def __init__(self):
        super().__init__()
        self.q, self.k, self.v, self.out = (nn.Linear(dim, dim) for _ in range(4))
        self.norm1, self.norm2 = nn.LayerNorm(dim, eps=EPS), nn.LayerNorm(dim, eps=EPS)
        self.wide, self.narrow = nn.Linear(dim, 4 * dim), nn.Linear(4 * dim, dim)

    def forward(self, x):
        split = lambda t: t.view(batch, seq, heads, dim // heads).transpose(1, 2)
        q, k, v = split(self.q(x)) / math.sqrt(dim // heads), split(self.k(x)), split(self.v(x))
        weights = F.dropout(torch.softmax(q @ k.transpose(2, 3), -1), rate)
        context = (weights @ v).transpose(1, 2).reshape(batch, seq, dim)
        x = self.norm1(x + F.dropout(self.out(context), rate))
        return self.norm2(x + F.dropout(self.narrow(F.gelu(self.wide(x))), rate))


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.tokens = nn.Embedding(vocab, dim, padding_idx=PAD)
        self.places, self.langs = nn.Embedding(MAX_LEN, dim), nn.Embedding(LANGS, dim)
        for table in (self.tokens, self.places, self.langs):
            nn.init.normal_(table.weight, 0, dim**-0.5)
        self.norm = nn.LayerNorm(dim, eps=EPS)
        self.layers = nn.ModuleList(Layer() for _ in range(layers))
        self.bias = nn.Parameter(torch.zeros(vocab))

    def forward(self, ids, places, langs, targets_at, targets):
        x = self.tokens(ids) + self.places(places) + self.langs(langs)
        x = F.dropout(self.norm(x), rate)
        for layer in self.layers:
            x = layer(x)
        hidden = x.view(-1, dim)[targets_at]
        return F.cross_entropy(F.linear(hidden, self.tokens.weight, self.bias), targets)


model = Model()
adam = torch.optim.Adam(model.parameters(), lr=lr)
ids = torch.randint(14, vocab, (batch, seq))
places, langs = torch.arange(seq).expand(batch, seq), torch.zeros_like(ids)
targets_at = torch.randperm(batch * seq)[:n_targets].sort().values
targets = ids.view(-1)[targets_at]


def step():
    adam.zero_grad(set_to_none=True)
    loss = model(ids, places, langs, targets_at, targets)
    loss.backward()
    nn.utils.clip_grad_norm_(model.parameters(), clip)
    adam.step()
    return loss.item()


print(json.dumps({"torch": torch.__version__}), flush=True)
for line in sys.stdin:
    start, steps, seconds = time.perf_counter(), 0, 0
    while steps == 0 or seconds < float(line):
        step()
        steps += 1
        seconds = time.perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        json.dumps({"tokensPerSecond": batch * seq * steps / seconds, "stepMs": seconds / steps * 1000, "peakMiB": peak}),
        flush=True,
    )
