import * as tf from "@tensorflow/tfjs-core";
import fc from "fast-check";

tf.env().set("PROD", true); // no greeting on stdout

// Properties draw anew in every run; with XLM_TEST_SEED they draw what an earlier run with that seed drew.
const seed = process.env["XLM_TEST_SEED"];
if (seed !== undefined) fc.configureGlobal({ ...fc.readConfigureGlobal(), seed: Number(seed) });
