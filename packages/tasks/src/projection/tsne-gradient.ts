/**
 * Gradient of KL(P || Q) with respect to the places (van der Maaten & Hinton 2008, eq. 5): q_ij is 1 / (1 + |y_i - y_j|^2) as a share of the
 * sum over all pairs. Pulls are towards near rows, pushes from all.
 * @param out `[n, 2]`, overwritten. @param places `[n, 2]`. @param joint `[n, n]`, symmetric.
 * @param exaggeration multiplies `joint`.
 */
export function tsneGradientInto(out: Float64Array, places: Float64Array, joint: Float64Array, exaggeration = 1): void {
  const n = places.length / 2;
  const push = new Float64Array(2 * n);
  out.fill(0);
  let total = 0;
  for (let i = 0; i < n; i++) {
    const [x, y] = [places[2 * i] as number, places[2 * i + 1] as number];
    let [pullX, pullY, pushX, pushY] = [0, 0, 0, 0];
    for (let j = 0; j < i; j++) {
      const dx = x - (places[2 * j] as number);
      const dy = y - (places[2 * j + 1] as number);
      const near = 1 / (1 + dx * dx + dy * dy);
      total += 2 * near;
      const attraction = (joint[i * n + j] as number) * near;
      const repulsion = near * near;
      pullX += attraction * dx;
      pullY += attraction * dy;
      pushX += repulsion * dx;
      pushY += repulsion * dy;
      out[2 * j] = (out[2 * j] as number) - attraction * dx;
      out[2 * j + 1] = (out[2 * j + 1] as number) - attraction * dy;
      push[2 * j] = (push[2 * j] as number) - repulsion * dx;
      push[2 * j + 1] = (push[2 * j + 1] as number) - repulsion * dy;
    }
    out[2 * i] = (out[2 * i] as number) + pullX;
    out[2 * i + 1] = (out[2 * i + 1] as number) + pullY;
    push[2 * i] = (push[2 * i] as number) + pushX;
    push[2 * i + 1] = (push[2 * i + 1] as number) + pushY;
  }
  for (let at = 0; at < out.length; at++) {
    out[at] = 4 * (exaggeration * (out[at] as number) - (push[at] as number) / (total || 1));
  }
}
