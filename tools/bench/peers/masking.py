"""MLM masking as Python code does it, tokens per second: masking.py numpy|torch BATCH SEQ VOCAB REPEATS."""
import json
import sys
import time

kind, batch, seq, vocab, repeats = sys.argv[1], *map(int, sys.argv[2:6])
PAD, MASK, P = 2, 5, 0.15

if kind == "numpy":
    import numpy as np

    rng = np.random.RandomState(0)
    ids = rng.randint(14, vocab, size=(seq, batch))

    def mask():
        chosen = rng.rand(seq, batch) <= P
        chosen[ids == PAD] = False
        chosen[0] = False
        targets = ids[chosen]
        kind_of = rng.choice(3, size=targets.size, p=[0.8, 0.1, 0.1])
        random_ids = rng.randint(vocab, size=targets.size)
        replaced = MASK * (kind_of == 0) + targets * (kind_of == 1) + random_ids * (kind_of == 2)
        out = ids.copy()
        out[chosen] = replaced
        return out, chosen, targets

else:
    import torch

    torch.manual_seed(0)
    torch.set_num_threads(1)
    ids = torch.randint(14, vocab, (seq, batch))
    shares = torch.tensor([0.8, 0.1, 0.1])

    def mask():
        chosen = torch.rand(seq, batch) <= P
        chosen[ids == PAD] = False
        chosen[0] = False
        targets = ids[chosen]
        kind_of = torch.multinomial(shares, len(targets), replacement=True)
        random_ids = torch.randint(vocab, (len(targets),))
        replaced = MASK * (kind_of == 0) + targets * (kind_of == 1) + random_ids * (kind_of == 2)
        return ids.masked_scatter(chosen, replaced), chosen, targets


for _ in range(10):
    mask()
start = time.perf_counter()
for _ in range(repeats):
    mask()
seconds = time.perf_counter() - start
print(json.dumps({"tokensPerSecond": batch * seq * repeats / seconds}))
