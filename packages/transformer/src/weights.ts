import { MismatchError, sizeOf, type TensorData } from "@xlm/core";
import type { TransformerConfig } from "./config.js";
import { sinusoidTable } from "./init.js";
import { listParameters, type Parameter } from "./parameters.js";

const TIED = "pred_layer.proj.weight";

/**
 * The weights a model of this configuration needs, from those given.
 * @throws MismatchError (`XLM_MISMATCH`) with everything that does not fit, at once.
 */
export function checkWeights(config: TransformerConfig, given: Weights): Record<string, TensorData<"F32">> {
  const isTied = config.output === "tied";
  const list = listParameters(config);
  const computed = list.filter(({ name, trainable }) => !trainable && !Object.hasOwn(given, name));
  const tables: Record<string, TensorData> = {};
  for (const { name, shape } of computed) tables[name] = { dtype: "F32", shape, data: sinusoidTable(config) };
  const { [TIED]: output, ...rest } = given;
  const all: Weights = { ...(isTied ? rest : given), ...tables };
  const fitting = fitWeights(list, all, () => adviceFor(config, given));
  if (isTied) checkTied(fitting["embeddings.weight"] as TensorData<"F32">, output);
  return fitting;
}

type Weights = Readonly<Record<string, TensorData>>;

/**
 * A weight for each parameter of `list`, and no other.
 * @param advice what to do when they do not fit.
 * @throws MismatchError (`XLM_MISMATCH`) with everything that does not fit, at once.
 */
export function fitWeights(
  list: readonly Parameter[],
  given: Weights,
  advice: () => string = () => "use the configuration that was saved beside the weights",
): Record<string, TensorData<"F32">> {
  const fitting: Record<string, TensorData<"F32">> = {};
  const missing: string[] = [];
  const wrong: string[] = [];
  for (const { name, shape } of list) {
    const tensor = Object.hasOwn(given, name) ? given[name] : undefined;
    if (tensor === undefined) {
      missing.push(name);
    } else if (tensor.data.length !== sizeOf(tensor.shape)) {
      wrong.push(`${name} is [${tensor.shape.join(", ")}] and holds ${tensor.data.length} numbers`);
    } else if (tensor.shape.join() !== shape.join()) {
      wrong.push(`${name} is [${tensor.shape.join(", ")}], not [${shape.join(", ")}]`);
    } else if (!isFloat32(tensor)) {
      wrong.push(`${name} holds ${tensor.dtype}, not F32`);
    } else {
      fitting[name] = tensor;
    }
  }
  const known = new Set(list.map(({ name }) => name));
  const unexpected = Object.keys(given).filter((name) => !known.has(name));
  const faults = [
    missing.length > 0 && `missing: ${enumerate(missing)}`,
    unexpected.length > 0 && `unexpected: ${enumerate(unexpected)}`,
    wrong.length > 0 && `of another shape or type: ${enumerate(wrong)}`,
  ].filter((fault) => fault !== false);
  if (faults.length === 0) return fitting;
  throw new MismatchError({
    what: `the weights do not fit the configuration (${faults.join("; ")})`,
    why: "a model is its sizes and its weights together",
    fix: advice(),
  });
}

const isFloat32 = (tensor: TensorData): tensor is TensorData<"F32"> => tensor.data instanceof Float32Array;

const enumerate = (names: string[]): string =>
  names.length <= 6 ? names.join(", ") : `${names.slice(0, 5).join(", ")} and ${names.length - 5} more`;

/** The two sizes that people get wrong can be read off the tables. */
function adviceFor(config: TransformerConfig, given: Weights): string {
  const sizes = [
    ["vocabSize", "embeddings.weight"],
    ["maxLen", "position_embeddings.weight"],
    ["nLangs", "lang_embeddings.weight"],
  ] as const;
  const changes = sizes.flatMap(([size, name]) => {
    const rows = given[name]?.shape[0];
    return rows !== undefined && rows !== config[size] ? [`${size}: ${rows}`] : [];
  });
  return changes.length > 0
    ? `these weights were made with ${changes.join(", ")}; configure the model so, or give it other weights`
    : "use the configuration that was saved beside the weights";
}

function checkTied(embeddings: TensorData<"F32">, output: TensorData | undefined): void {
  if (output === undefined) return;
  const { data } = embeddings;
  if (output.data.length === data.length && data.every((value, i) => Object.is(output.data[i], value))) return;
  throw new MismatchError({
    what: `${TIED} differs from embeddings.weight`,
    why: "this model uses one matrix for both (share_inout_emb)",
    fix: 'use weights trained with tied embeddings, or configure the model with output: "untied"',
  });
}
