import { registerCudaBackend } from "@xlm/backend-cuda";
import { cudaOptions } from "../../src/cuda.js";
import { runSuite } from "../suite.js";

void runSuite(() => registerCudaBackend({ ...cudaOptions(), precision: "fp32" }));
