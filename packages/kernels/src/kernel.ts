import * as tf from "@tensorflow/tfjs-core";
import { UnsupportedError } from "@xlm/core";
import { registerPlainGradients } from "./plain-gradients.js";

type Tensors = Record<string, tf.Tensor>;
type Composite<I, A> = (inputs: I, attrs: A) => tf.Tensor[];

/**
 * One differentiable operation of the contract: two tfjs kernels, `name` and `name + "Grad"`, with a composite of plain
 * tfjs operations for each. A backend implements both or neither, because what passes between them is its own matter.
 */
export interface KernelPair<I, A> {
  readonly name: string;
  /** The inputs that the gradient kernel reads again. */
  readonly saves: readonly (keyof I & string)[];
  /** The result, then any number of tensors to hand to the gradient kernel as `aux0`, `aux1`... */
  readonly forward: Composite<I, A>;
  /** One gradient for each differentiable input, in their order. */
  readonly backward: (dy: tf.Tensor, saved: I, aux: readonly tf.Tensor[], attrs: A) => tf.Tensor[];
}

/** The backend in use, started if it was not. */
function backendName(): string {
  tf.backend();
  return tf.getBackend();
}

const has = (name: string, backend: string): boolean => tf.getKernel(name, backend) !== undefined;

/** A composite runs off the tape, as every kernel does, and leaves nothing behind but its results. */
function register<I, A>(kernelName: string, backend: string, composite: Composite<I, A>): void {
  tf.registerKernel({
    kernelName,
    backendName: backend,
    kernelFunc: ({ inputs, attrs }) => tf.tidy(() => composite(inputs as I, attrs as A)),
  });
}

function run<A>(name: string, inputs: Tensors, attrs: A): tf.Tensor[] {
  const out: tf.Tensor | tf.Tensor[] = tf.engine().runKernel(name, inputs, attrs as tf.NamedAttrMap);
  return Array.isArray(out) ? out : [out];
}

/** Runs a kernel without a gradient on the backend in use, which gets the composite where it has none. */
export function runKernel<A>(name: string, inputs: Tensors, attrs: A, composite: Composite<Tensors, A>): tf.Tensor[] {
  const backend = backendName();
  if (!has(name, backend)) register(name, backend, composite);
  return run(name, inputs, attrs);
}

function ensurePair<I, A>({ name, forward, backward }: KernelPair<I, A>): void {
  const backend = backendName();
  const gradName = `${name}Grad`;
  const found = [name, gradName].filter((kernel) => has(kernel, backend));
  if (found.length === 1) {
    throw new UnsupportedError({
      what: `backend ${backend} has ${found[0]} alone of ${name} and ${gradName}`,
      why: "a kernel and its gradient agree between themselves on what is saved",
      fix: "register both, or neither to use the composites",
    });
  }
  if (found.length === 2) return;
  register(name, backend, forward);
  register<Tensors, A>(gradName, backend, (inputs, attrs) => {
    const aux: tf.Tensor[] = [];
    for (let i = 0; inputs[`aux${i}`]; i++) aux.push(inputs[`aux${i}`] as tf.Tensor);
    return backward(inputs["dy"] as tf.Tensor, inputs as I, aux, attrs);
  });
}

/**
 * Runs a pair's forward kernel and tapes its gradient kernel.
 *
 * The gradient is attached with `tf.customGrad` and not `tf.registerGradient`: a registered gradient is handed a tensor of
 * zeros for each further output of the kernel, here everything that is saved for the backward pass.
 * @param wrt the differentiable inputs.
 * @param fixed the others (indices, lengths, masks).
 */
export function runDifferentiable<I, A>(
  pair: KernelPair<I, A>,
  wrt: Partial<Record<keyof I & string, tf.Tensor>>,
  fixed: Partial<Record<keyof I & string, tf.Tensor>>,
  attrs: A,
): tf.Tensor {
  registerPlainGradients();
  ensurePair(pair);
  const inputs = { ...wrt, ...fixed } as Tensors;
  const names = pair.saves.filter((name) => inputs[name] !== undefined);
  const op = tf.customGrad((...args) => {
    const save = args.at(-1) as tf.GradSaveFunc;
    const [value, ...aux] = run(pair.name, inputs, attrs) as [tf.Tensor, ...tf.Tensor[]];
    save([...names.map((name) => inputs[name] as tf.Tensor), ...aux]);
    return {
      value,
      gradFunc: (dy, saved) => {
        const given: Tensors = { dy };
        saved.forEach((tensor, i) => (given[names[i] ?? `aux${i - names.length}`] = tensor));
        return run(`${pair.name}Grad`, given, attrs);
      },
    };
  });
  return op(...(Object.values(wrt) as tf.Tensor[]));
}
