"""Translates with an XLM encoder and decoder in PyTorch: translate.py THREADS FOLDER, told over stdin `greedy` or `beam`.

FOLDER holds what to translate (translation.json) and the weights of both (weights.safetensors)."""
import json
import math
import os
import resource
import struct
import sys
import time

import torch
import torch.nn.functional as F

EPS, EOS, PAD = 1e-12, 1, 2
folder = sys.argv[2]
torch.set_num_threads(int(sys.argv[1]))
with open(os.path.join(folder, "translation.json")) as file:
    work = json.load(file)
config = work["config"]
dim, heads, vocab = config["embDim"], config["nHeads"], config["vocabSize"]
width = dim // heads


def read_weights(path):
    with open(path, "rb") as file:
        header = json.loads(file.read(struct.unpack("<Q", file.read(8))[0]))
        data = bytearray(os.path.getsize(path) - file.tell())
        file.readinto(data)
    header.pop("__metadata__", None)
    read = lambda shape, start: torch.frombuffer(data, dtype=torch.float32, count=math.prod(shape), offset=start)
    return {name: read(at["shape"], at["data_offsets"][0]).view(at["shape"]) for name, at in header.items()}


weights = read_weights(os.path.join(folder, "weights.safetensors"))


def linear(x, name):
    return F.linear(x, weights[f"{name}.weight"], weights[f"{name}.bias"])


def norm(x, name):
    return F.layer_norm(x, (dim,), weights[f"{name}.weight"], weights[f"{name}.bias"], EPS)


def split(x):
    """[rows, seq, dim] as [rows, heads, seq, width]."""
    return x.view(x.shape[0], -1, heads, width).transpose(1, 2)


def embed(part, ids, places, lang):
    tables = (("embeddings", ids), ("position_embeddings", places), ("lang_embeddings", lang))
    return norm(sum(F.embedding(at, weights[f"{part}.{name}.weight"]) for name, at in tables), f"{part}.layer_norm_emb")


def attend(q, k, v, hidden=None):
    scores = (q / math.sqrt(width)) @ k.transpose(2, 3)
    if hidden is not None:
        scores = scores.masked_fill_(hidden, -math.inf)
    context = (torch.softmax(scores, -1) @ v).transpose(1, 2)
    return context.reshape(*context.shape[:2], dim)


def feed_forward(x, part, i):
    inner = F.gelu(linear(x, f"{part}.ffns.{i}.lin1"))
    return norm(x + linear(inner, f"{part}.ffns.{i}.lin2"), f"{part}.layer_norm2.{i}")


def encode(ids, lengths):
    """States [rows, seq, dim], and which of them are padding [rows, 1, 1, seq]."""
    places = torch.arange(ids.shape[1])
    hidden = places >= lengths[:, None]
    mask = (~hidden).unsqueeze(-1)
    x = embed("encoder", ids, places, torch.full_like(ids, work["sourceLang"])) * mask
    for i in range(config["nLayers"]):
        q, k, v = (split(linear(x, f"encoder.attentions.{i}.{which}_lin")) for which in "qkv")
        context = attend(q, k, v, hidden[:, None, None, :])
        x = norm(x + linear(context, f"encoder.attentions.{i}.out_lin"), f"encoder.layer_norm1.{i}")
        x = feed_forward(x, "encoder", i) * mask
    return x, hidden[:, None, None, :]


class Decoder:
    """Scores the next words of `beams` rows a sentence, one position after the other."""

    def __init__(self, states, hidden, beams=1):
        self.hidden, self.beams, self.length = hidden, beams, 0
        layers = range(config["nLayers"])
        source = lambda i, which: split(linear(states, f"decoder.encoder_attn.{i}.{which}_lin"))
        self.source = [(source(i, "k"), source(i, "v")) for i in layers]
        self.past = [None for _ in layers]

    def scores(self, words):
        """[rows, vocab] for the words [rows] written last."""
        at = lambda value: torch.full((len(words), 1), value)
        x = embed("decoder", words[:, None], at(self.length), at(work["targetLang"]))
        for i in range(config["nLayers"]):
            q, k, v = (split(linear(x, f"decoder.attentions.{i}.{which}_lin")) for which in "qkv")
            if self.past[i]:
                k, v = (torch.cat(pair, 2) for pair in zip(self.past[i], (k, v)))
            self.past[i] = (k, v)
            x = norm(x + linear(attend(q, k, v), f"decoder.attentions.{i}.out_lin"), f"decoder.layer_norm1.{i}")
            # The beams of a sentence look at one copy of its source, side by side.
            q = split(linear(x, f"decoder.encoder_attn.{i}.q_lin").view(-1, self.beams, dim))
            found = attend(q, *self.source[i], self.hidden).reshape(-1, 1, dim)
            x = norm(x + linear(found, f"decoder.encoder_attn.{i}.out_lin"), f"decoder.layer_norm15.{i}")
            x = feed_forward(x, "decoder", i)
        self.length += 1
        return linear(x[:, 0], "decoder.pred_layer.proj")

    def reorder(self, rows):
        self.past = [(k.index_select(0, rows), v.index_select(0, rows)) for k, v in self.past]

    def keep(self, rows):
        """Goes on with some rows alone, sources included."""
        self.reorder(rows)
        self.source = [(k.index_select(0, rows), v.index_select(0, rows)) for k, v in self.source]
        self.hidden = self.hidden.index_select(0, rows)


def greedy(states, hidden, max_len):
    decoder = Decoder(states, hidden)
    written = [[EOS] for _ in states]
    going, words = list(range(len(states))), [EOS] * len(states)
    for length in range(1, max_len):
        best = decoder.scores(torch.tensor(words)).argmax(-1).tolist()
        words = best if length < max_len - 1 else [EOS] * len(going)
        for row, word in zip(going, words):
            written[row].append(word)
        left = [i for i, word in enumerate(words) if word != EOS]
        if not left:
            break
        if len(left) < len(going):  # finished sentences cost nothing more, as with ours
            decoder.keep(torch.tensor(left))
            going, words = [going[i] for i in left], [words[i] for i in left]
    return written


class Hypotheses:
    """The best `size` finished translations of a sentence."""

    def __init__(self, size, penalty, max_len):
        self.size, self.penalty, self.max_len, self.kept = size, penalty, max_len, []

    def add(self, words, total):
        self.kept.append((total / len(words) ** self.penalty, words))
        self.kept = sorted(self.kept, key=lambda kept: -kept[0])[: self.size]

    def done(self, best_total):
        return len(self.kept) == self.size and self.kept[-1][0] >= best_total / (self.max_len - 1) ** self.penalty


def beam(states, hidden, max_len):
    beams, rows = work["beamSize"], len(states)
    decoder = Decoder(states, hidden, beams)
    words, totals = torch.full((rows * beams,), EOS), torch.full((rows, beams), -1e9)
    totals[:, 0] = 0
    written = [[EOS] for _ in range(rows * beams)]
    finished = [Hypotheses(beams, work["lengthPenalty"], max_len) for _ in range(rows)]
    done = [False] * rows
    for length in range(1, max_len):
        logs = torch.log_softmax(decoder.scores(words), -1).view(rows, beams, vocab) + totals[:, :, None]
        values, places = torch.topk(logs.view(rows, -1), 2 * beams)
        following = []  # (total, word, the row it goes on from)
        for row, (sums, at) in enumerate(zip(values.tolist(), places.tolist())):
            done[row] = done[row] or finished[row].done(sums[0])
            going = []
            for total, place in zip(sums, at) if not done[row] else ():
                came, word = row * beams + place // vocab, place % vocab
                if word == EOS or length + 1 == max_len:
                    finished[row].add(written[came], total)
                else:
                    going.append((total, word, came))
                if len(going) == beams:
                    break
            following += going or [(0, PAD, row * beams)] * beams
        if all(done):
            break
        totals = torch.tensor([total for total, _, _ in following]).view(rows, beams)
        words = torch.tensor([word for _, word, _ in following])
        written = [written[came] + [word] for _, word, came in following]
        decoder.reorder(torch.tensor([came for _, _, came in following]))
    return [hypotheses.kept[0][1] + [EOS] for hypotheses in finished]


def padded(sentences):
    longest = max(len(sentence) for sentence in sentences)
    return torch.tensor([sentence + [PAD] * (longest - len(sentence)) for sentence in sentences])


print(json.dumps({"torch": torch.__version__}), flush=True)
for line in sys.stdin:
    search = {"greedy": greedy, "beam": beam}[line.strip()]
    start, ids = time.perf_counter(), []
    with torch.no_grad():
        for batch in work["batches"]:
            lengths = torch.tensor([len(sentence) for sentence in batch["sentences"]])
            ids += search(*encode(padded(batch["sentences"]), lengths), batch["maxLen"])
    seconds = time.perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    tokens = sum(len(sentence) - 1 for sentence in ids)
    figures = {"sentencesPerSecond": len(ids) / seconds, "tokens": tokens, "peakMiB": peak}
    print(json.dumps({**figures, "ids": ids}), flush=True)
