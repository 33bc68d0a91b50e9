// What has to stand before a test of tfjs-core is loaded: Jasmine's globals, chained operations and gradients, and the
// one environment for which the tests declare their specs.
import "./jasmine.js";
import "@tensorflow/tfjs-core/dist/public/chained_ops/register_all_chained_ops";
import "@tensorflow/tfjs-core/dist/register_all_gradients";
import { setTestEnvs } from "@tensorflow/tfjs-core/dist/jasmine_util";
import type { Task } from "./protocol.js";

/** What run.ts asked for. */
export const task = JSON.parse(process.argv[2] ?? "{}") as Task;

setTestEnvs([{ name: task.backend, backendName: task.backend, flags: {}, isDataSync: true }]);
