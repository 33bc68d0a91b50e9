import fs from "node:fs";
import { describeRecorded } from "../test/compare.js";

describeRecorded((file) => JSON.parse(fs.readFileSync(new URL(`../test/fixtures/${file}`, import.meta.url), "utf8")));
