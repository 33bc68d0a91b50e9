// Elements kept or set to 0 by the words of a Philox stream; the same kernel serves the gradient.

KERNEL(256, dropout, const float* x, float* to, int n, unsigned key0, unsigned key1, unsigned least, float kept) {
  const Dropout dropout = {key0, key1, least, kept};
  for (long long i = 4 * (long long)place(); i < n; i += 4 * (long long)places()) {
    const float4 f = factors(dropout, i);
#pragma unroll
    for (int j = 0; j < 4; j++)
      if (i + j < n) to[i + j] = x[i + j] * part(f, j);
  }
}

// A bit an element, 32 to a word, rows of whole words: what attention reads of its weights' dropout.
KERNEL(256, dropout_bits, unsigned* bits, int rows, int dim, int words, unsigned key0, unsigned key1, unsigned least,
       float kept) {
  const Dropout dropout = {key0, key1, least, 1.0f};
  const int n = rows * words;
  for (int at = place(); at < n; at += places()) {
    const int row = at / words, first = (at % words) * 32;
    const unsigned long long start = (unsigned long long)row * dim + first;
    unsigned word = 0;
    for (int i = 0; i < 32 && first + i < dim; i += 4) {
      const float4 f = factors(dropout, start + i);
#pragma unroll
      for (int j = 0; j < 4; j++) word |= (part(f, j) != 0.0f && kept != 0.0f ? 1u : 0u) << (i + j);
    }
    bits[at] = word;
  }
}
