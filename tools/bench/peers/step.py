"""One MLM training step of a post-layer-norm XLM encoder in PyTorch: step.py LAYERS DIM HEADS VOCAB BATCH SEQ THREADS DROPOUT REPEATS."""
import json
import math
import resource
import sys
import time

import torch
import torch.nn.functional as F
from torch import nn

layers, dim, heads, vocab, batch, seq, threads = map(int, sys.argv[1:8])
rate, repeats = float(sys.argv[8]), int(sys.argv[9])
torch.manual_seed(0)
torch.set_num_threads(threads)
EPS = 1e-12


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
        self.tokens, self.places, self.langs = nn.Embedding(vocab, dim), nn.Embedding(seq, dim), nn.Embedding(2, dim)
        for table in (self.tokens, self.places, self.langs):
            nn.init.normal_(table.weight, 0, dim**-0.5)
        self.norm = nn.LayerNorm(dim, eps=EPS)
        self.layers = nn.ModuleList(Layer() for _ in range(layers))
        self.bias = nn.Parameter(torch.zeros(vocab))

    def forward(self, ids, targets_at, targets):
        x = self.tokens(ids) + self.places.weight + self.langs.weight[0]
        x = F.dropout(self.norm(x), rate)
        for layer in self.layers:
            x = layer(x)
        hidden = x.view(-1, dim)[targets_at]
        return F.cross_entropy(F.linear(hidden, self.tokens.weight, self.bias), targets)


model = Model()
adam = torch.optim.Adam(model.parameters(), lr=1e-4)
ids = torch.randint(14, vocab, (batch, seq))
targets_at = torch.arange(0, batch * seq, 7)[: int(batch * seq * 0.15)]
targets = ids.view(-1)[targets_at]


def step():
    adam.zero_grad()
    loss = model(ids, targets_at, targets)
    loss.backward()
    nn.utils.clip_grad_norm_(model.parameters(), 5.0)
    adam.step()
    return loss.item()


step()
start = time.perf_counter()
for _ in range(repeats):
    step()
seconds = (time.perf_counter() - start) / repeats
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print(json.dumps({"tokensPerSecond": batch * seq / seconds, "stepMs": seconds * 1000, "peakMiB": peak}))
