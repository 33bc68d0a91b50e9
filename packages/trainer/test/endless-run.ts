// A process that trains until it is killed, saving after every update: `endless-run.ts DIR`.
import "@tensorflow/tfjs-backend-cpu";
import * as tf from "@tensorflow/tfjs-core";
import { saveTrainer } from "../src/index.js";
import { tinyRun } from "./tiny-run.js";

tf.env().set("PROD", true);
await tf.setBackend("cpu");
const [dir = ""] = process.argv.slice(2);
const { trainer } = tinyRun();
await trainer.train(10_000, {
  saveEvery: 1,
  save: (state) => void saveTrainer(dir, state, { keep: 2 }),
  onStep: ({ update }) => process.stdout.write(`${update}\n`),
});
