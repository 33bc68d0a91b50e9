// tfjs's own JavaScript backend, registered by its import.
import "@tensorflow/tfjs-backend-cpu";
import { runSuite } from "../suite.js";

void runSuite(() => {});
