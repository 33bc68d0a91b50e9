import { goldenDir } from "@xlm/tools/golden";
import { agreementTests } from "./agreement.js";

agreementTests((file) => goldenDir(file));
