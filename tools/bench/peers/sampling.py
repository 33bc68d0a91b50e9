"""Drawing languages and shuffled orders with NumPy: sampling.py LANGUAGES DRAWS SENTENCES."""
import json
import sys
import time

import numpy as np

languages, draws, sentences = map(int, sys.argv[1:4])
rng = np.random.RandomState(0)
probs = np.arange(1, languages + 1) ** 0.7
probs /= probs.sum()
names = list(range(languages))

start = time.perf_counter()
for _ in range(draws):  # one draw a training step, as a loop over batches needs it
    rng.choice(names, p=probs)
drawn = time.perf_counter() - start
start = time.perf_counter()
rng.permutation(sentences)
shuffled = time.perf_counter() - start
print(json.dumps({"languagesPerSecond": draws / drawn, "indicesPerSecond": sentences / shuffled}))
