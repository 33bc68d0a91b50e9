import { defineConfig } from "tsup";
import { base } from "../../tools/config/tsup.base";

export default defineConfig(base());
