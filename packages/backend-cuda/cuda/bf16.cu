// Floats rounded to bf16, for cards that multiply them (8.0 and later).

// The way back.
KERNEL(256, widen, const void* from, float* to, int n) {
  for (int i = place(); i < n; i += places()) to[i] = get(from, 1, i);
}

// Two in a word, the first in the low half; n words, of 2 n floats or, `odd`, one less.
KERNEL(256, halve, const float* from, unsigned* to, int n, int odd) {
  for (int i = place(); i < n; i += places()) {
    const float low = from[2 * (long long)i], high = odd && i == n - 1 ? 0.0f : from[2 * (long long)i + 1];
    to[i] = pack_bf16(low, high);
  }
}
