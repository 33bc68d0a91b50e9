/**
 * Adam with a warm-up and then half a cosine down to nothing at the last update. In few updates an inverse root is too low too soon, and too
 * high at the end: batches that take turns in several languages, or objectives, pull in several directions.
 */
export const annealed = (lr: number, warmup: number, updates: number): string =>
  `adam_cosine,lr=${lr},beta2=0.98,warmup_updates=${warmup},init_period=${Math.max(1, updates - warmup)},min_lr=0`;
