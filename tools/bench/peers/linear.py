"""GFLOP/s of PyTorch's affine map on one thread, told over stdin as JSON what to multiply and for how long."""
import json
import sys
import time

import torch
import torch.nn.functional as F

torch.set_num_threads(1)
torch.manual_seed(0)
held = (None, None)


def weights_for(n, k, count):
    """The weights that take turns, made anew when their shape changes."""
    global held
    if held[0] != (n, k):
        held = ((n, k), [torch.randn(n, k) for _ in range(count)])
    return held[1]


print(json.dumps({"torch": torch.__version__}), flush=True)
for line in sys.stdin:
    request = json.loads(line)
    m, n, k = (request[key] for key in "mnk")
    weights, x = weights_for(n, k, request["weights"]), torch.randn(m, k)
    start, calls, seconds = time.perf_counter(), 0, 0
    with torch.no_grad():
        while calls == 0 or seconds < request["seconds"]:
            F.linear(x, weights[calls % len(weights)])
            calls += 1
            seconds = time.perf_counter() - start
    print(json.dumps({"gflops": 2 * m * n * k * calls / seconds / 1e9}), flush=True)
