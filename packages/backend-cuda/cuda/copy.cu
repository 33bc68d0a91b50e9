// Elements of 4 bytes moved from anywhere to anywhere, and tensors of one value.

// Up to five axes, d0 the slowest; where one is missing its length is 1.
KERNEL(256, copy_strided, const unsigned* from, unsigned* to, int n, int d1, int d2, int d3, int d4, long long f0,
       long long f1, long long f2, long long f3, long long f4, long long t0, long long t1, long long t2, long long t3,
       long long t4) {
  for (int i = place(); i < n; i += places()) {
    int rest = i;
    const int i4 = rest % d4;
    rest /= d4;
    const int i3 = rest % d3;
    rest /= d3;
    const int i2 = rest % d2;
    rest /= d2;
    const int i1 = rest % d1, i0 = rest / d1;
    to[i0 * t0 + i1 * t1 + i2 * t2 + i3 * t3 + i4 * t4] = from[i0 * f0 + i1 * f1 + i2 * f2 + i3 * f3 + i4 * f4];
  }
}

KERNEL(256, fill, unsigned* to, int n, unsigned bits) {
  for (int i = place(); i < n; i += places()) to[i] = bits;
}

// to = from[0] * factor, everywhere.
KERNEL(256, spread, const float* from, float* to, int n, float factor) {
  for (int i = place(); i < n; i += places()) to[i] = from[0] * factor;
}

KERNEL(256, one_hot, const int* indices, unsigned* to, int n, int depth, unsigned on, unsigned off) {
  for (int i = place(); i < n; i += places()) to[i] = indices[i / depth] == i % depth ? on : off;
}
