"""Training steps of XLM in plain PyTorch: cuda_step.py eager|compile TASK, told over stdin how many steps to take."""
import contextlib
import json
import sys
import time

import torch
import torch.nn.functional as F
from torch import nn

mode, task = sys.argv[1], json.loads(sys.argv[2])
dim, heads, vocab, layers = (task[key] for key in ("embDim", "nHeads", "vocabSize", "nLayers"))
rows, seq, rate, translates = task["rows"], task["seq"], task["dropout"], task["model"] == "mt"
EPS, PAD, LANGS, MAX_LEN, PRODUCTS, MIB = 1e-12, 2, 15, 512, 10, 2**20
cuda = torch.cuda.is_available()
device = torch.device("cuda" if cuda else "cpu")
bf16 = task["precision"] == "bf16"
torch.manual_seed(0)
torch.set_float32_matmul_precision("high")  # TF32, where autocast does not choose bf16


def autocast():
    return torch.autocast(device.type, dtype=torch.bfloat16) if bf16 else contextlib.nullcontext()


class Attention(nn.Module):
    def __init__(self):
        super().__init__()
        self.q, self.k, self.v, self.out = (nn.Linear(dim, dim) for _ in range(4))

    def forward(self, x, read, causal=False):
        split = lambda t: t.view(rows, -1, heads, dim // heads).transpose(1, 2)
        q, k, v = split(self.q(x)), split(self.k(read)), split(self.v(read))
        context = F.scaled_dot_product_attention(q, k, v, dropout_p=rate, is_causal=causal)
        return self.out(context.transpose(1, 2).reshape(rows, -1, dim))


class Layer(nn.Module):
    def __init__(self, decodes):
        super().__init__()
        self.own, self.norm1, self.norm2 = Attention(), nn.LayerNorm(dim, eps=EPS), nn.LayerNorm(dim, eps=EPS)
        self.wide, self.narrow = nn.Linear(dim, 4 * dim), nn.Linear(4 * dim, dim)
        self.decodes = decodes
        if decodes:
            self.cross, self.norm15 = Attention(), nn.LayerNorm(dim, eps=EPS)

    def forward(self, x, source):
        x = self.norm1(x + F.dropout(self.own(x, x, self.decodes), rate))
        if self.decodes:
            x = self.norm15(x + F.dropout(self.cross(x, source), rate))
        return self.norm2(x + F.dropout(self.narrow(F.gelu(self.wide(x))), rate))


class Stack(nn.Module):
    def __init__(self, n, decodes=False):
        super().__init__()
        self.tokens = nn.Embedding(vocab, dim, padding_idx=PAD)
        self.places, self.langs = nn.Embedding(MAX_LEN, dim), nn.Embedding(LANGS, dim)
        for table in (self.tokens, self.places, self.langs):
            nn.init.normal_(table.weight, 0, dim**-0.5)
        self.norm = nn.LayerNorm(dim, eps=EPS)
        self.layers = nn.ModuleList(Layer(decodes) for _ in range(n))
        self.bias = nn.Parameter(torch.zeros(vocab))

    def forward(self, ids, langs, source=None):
        x = self.tokens(ids) + self.places.weight[:seq] + self.langs(langs)
        x = F.dropout(self.norm(x), rate)
        for layer in self.layers:
            x = layer(x, source)
        return x

    def loss(self, states, targets_at, targets):
        hidden = states.reshape(-1, dim).index_select(0, targets_at)
        return F.cross_entropy(F.linear(hidden, self.tokens.weight, self.bias), targets)


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.encoder = Stack((layers + 1) // 2 if translates else layers)
        if translates:
            self.decoder = Stack((layers + 1) // 2, decodes=True)
            self.encoder.bias = None  # nothing is predicted from it

    def forward(self, ids, langs, targets_at, targets):
        states = self.encoder(ids[0], langs[0])
        if not translates:
            return self.encoder.loss(states, targets_at, targets)
        return self.decoder.loss(self.decoder(ids[1], langs[1], states), targets_at, targets)


def square_product(side):
    """10^12 operations a second."""
    kind = torch.bfloat16 if bf16 else torch.float32
    a, b = (torch.rand(side, side, device=device, dtype=kind) * 2 - 1 for _ in range(2))
    wait = torch.cuda.synchronize if cuda else (lambda: None)
    for n in (2, PRODUCTS):
        wait()
        start = time.perf_counter()
        for _ in range(n):
            a @ b
        wait()
    return PRODUCTS * 2 * side**3 / (time.perf_counter() - start) / 1e12


tflops = square_product(task["square"])
if cuda:
    torch.cuda.empty_cache()
with device:
    model = Model()
    ids = [torch.randint(14, vocab, (rows, seq)) for _ in range(1 + translates)]
    langs = [((torch.arange(rows) + side) % LANGS)[:, None].expand(rows, seq) for side in range(1 + translates)]
    if translates:  # each word predicts the next
        targets_at = torch.arange(rows * seq).view(rows, seq)[:, :-1].reshape(-1)
        targets = ids[1][:, 1:].reshape(-1)
    else:
        targets_at = torch.randperm(rows * seq)[: round(0.15 * rows * (seq - 1))].sort().values
        targets = ids[0].view(-1)[targets_at]
adam = torch.optim.Adam(model.parameters(), lr=task["lr"], fused=cuda)
run = torch.compile(model) if mode == "compile" else model


def step():
    adam.zero_grad(set_to_none=True)
    with autocast():
        loss = run(ids, langs, targets_at, targets)
    loss.backward()
    nn.utils.clip_grad_norm_(model.parameters(), task["clip"])
    adam.step()
    return loss


facts = {"torch": torch.__version__, "cuda": torch.version.cuda, "productTflops": tflops}
print(json.dumps({**facts, "device": torch.cuda.get_device_name() if cuda else "cpu"}), flush=True)
if cuda:
    torch.cuda.reset_peak_memory_stats()
for line in sys.stdin:
    steps, start = int(line), time.perf_counter()
    for _ in range(steps):
        loss = step()
    last = loss.item()  # waits for everything before it
    ms = (time.perf_counter() - start) / steps * 1000
    if last != last:
        sys.exit("the loss is not a number")
    memory = torch.cuda.max_memory_reserved() / MIB if cuda else 0
    held = torch.cuda.max_memory_allocated() / MIB if cuda else 0
    tokens = rows * seq * (1 + translates)
    figures = {"tokensPerSecond": tokens * 1000 / ms, "stepMs": ms, "peakMiB": memory, "peakHeldMiB": held}
    print(json.dumps(figures), flush=True)
