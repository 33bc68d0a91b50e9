import path from "node:path";
import { agreementTests } from "../test/agreement.js";

agreementTests((file) => path.join(import.meta.dirname, "../test/fixtures", file));
