import { breathe, checkInt, fillNormal, OptionError, type Rng } from "@xlm/core";
import type { Vectors } from "@xlm/trainer";
import { jointProbabilities } from "./affinities.js";
import { checkVectors } from "./check-vectors.js";
import { pca } from "./pca.js";
import { tsneGradientInto } from "./tsne-gradient.js";

export interface TsneOptions {
  /** About how many neighbours a row has. At most a third of the other rows: a larger one is taken as that. @default 30 */
  readonly perplexity?: number;
  /** Steps of descent. @default 500 */
  readonly iterations?: number;
  /** Draws the places to start from. @default the first two principal components: no chance is involved */
  readonly rng?: Rng;
  /** Stops before the next step: the promise is rejected with the signal's reason. */
  readonly signal?: AbortSignal;
}

const START = 1e-4; // spread of the places to start from
const EXAGGERATION = 12;

/**
 * Lays rows in the plane so that near ones stay near: exact t-SNE (van der Maaten & Hinton 2008). What is near means something, how far groups
 * lie apart does not. Every step looks at all pairs: a thousand rows take seconds, ten thousand too long.
 *
 * For the first quarter of the steps neighbours are exaggerated 12 times and momentum is 0.5, then 0.8. `Differs:` the paper exaggerates 4
 * times for 50 steps, starts from chance and has one rate for all; the rate is that of Belkina et al. 2019, in proportion to n.
 * @param vectors `[n, dim]`, n from 1, left untouched.
 * @returns `[n, 2]` about 0; the same for the same input. Rows that are equal get one place, unless `rng` draws them apart.
 * @throws OptionError (`XLM_OPTION`) for a perplexity below 1 or no iterations; ShapeError (`XLM_SHAPE`) for no rows; DataError (`XLM_DATA`) for
 *   NaN or infinity; the signal's reason.
 */
export async function tsne(vectors: Vectors, options: TsneOptions = {}): Promise<Vectors> {
  const { perplexity = 30, iterations = 500, rng, signal } = options;
  checkVectors("the vectors", vectors);
  checkInt("iterations", iterations, 1);
  if (!(perplexity >= 1 && perplexity < Infinity)) {
    throw new OptionError({
      what: `perplexity is ${perplexity}`,
      why: "it is a number of neighbours",
      fix: "use 1 or more; 5 to 50 is usual",
    });
  }
  const [n] = vectors.shape;
  const joint = jointProbabilities(vectors, Math.max(1, Math.min(perplexity, (n - 1) / 3)));
  const places = rng ? drawnPlaces(n, rng) : pcaPlaces(vectors);
  const rate = n / EXAGGERATION / 4; // Belkina's gradients have no factor 4
  const early = Math.floor(iterations / 4);
  const gradient = new Float64Array(2 * n);
  const step = new Float64Array(2 * n);
  const gains = new Float64Array(2 * n).fill(1);
  for (let t = 0; t < iterations; t++) {
    signal?.throwIfAborted();
    tsneGradientInto(gradient, places, joint, t < early ? EXAGGERATION : 1);
    const momentum = t < early ? 0.5 : 0.8;
    for (let at = 0; at < places.length; at++) {
      const slope = gradient[at] as number;
      const before = step[at] as number;
      const gain = gains[at] as number; // grows while the direction stays (Jacobs 1988)
      gains[at] = slope * before < 0 ? gain + 0.2 : Math.max(0.01, gain * 0.8);
      step[at] = momentum * before - rate * (gains[at] as number) * slope;
      places[at] = (places[at] as number) + (step[at] as number);
    }
    await breathe();
  }
  center(places);
  return { data: Float32Array.from(places), shape: [n, 2] };
}

/** The first two principal components, the first scaled to a spread of `START`. */
function pcaPlaces(vectors: Vectors): Float64Array {
  const [n, dim] = vectors.shape;
  const { data, shape } = pca(vectors, Math.min(2, dim));
  const places = new Float64Array(2 * n);
  let squares = 0;
  for (let i = 0; i < n; i++) {
    squares += (data[i * shape[1]] as number) ** 2 / n;
    for (let d = 0; d < shape[1]; d++) places[2 * i + d] = data[i * shape[1] + d] as number;
  }
  const scale = squares > 0 ? START / Math.sqrt(squares) : 0;
  return places.map((value) => value * scale);
}

function drawnPlaces(n: number, rng: Rng): Float64Array {
  const places = new Float64Array(2 * n);
  fillNormal(rng, places, 0, START);
  return places;
}

/** Takes the mean place off. */
function center(places: Float64Array): void {
  const mean = [0, 0];
  places.forEach((value, at) => (mean[at % 2] = (mean[at % 2] as number) + (2 * value) / places.length));
  places.forEach((value, at) => (places[at] = value - (mean[at % 2] as number)));
}
