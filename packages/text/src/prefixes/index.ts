export { nonbreakingPrefixes, parsePrefixes, type Prefixes } from "./prefixes.js";
