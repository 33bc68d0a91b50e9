// Every optional (platform) dependency named in the lock must have an entry, or `npm ci` breaks on other systems.
import fs from "node:fs";

const lock = JSON.parse(fs.readFileSync(process.argv[2] ?? "package-lock.json", "utf8"));
const parent = (dir) => (dir.includes("/node_modules/") ? dir.slice(0, dir.lastIndexOf("/node_modules/")) : "");
const resolves = (from, name) => {
  for (let dir = from; ; dir = parent(dir)) {
    if (lock.packages[`${dir ? `${dir}/` : ""}node_modules/${name}`]) return true;
    if (!dir) return false;
  }
};
let missing = 0;
let total = 0;
for (const [at, pkg] of Object.entries(lock.packages)) {
  for (const name of Object.keys(pkg.optionalDependencies ?? {})) {
    total++;
    if (resolves(at, name)) continue;
    missing++;
    console.log(`missing ${name} ${pkg.optionalDependencies[name]} of ${at} ${pkg.version}`);
  }
}
console.log(`${total} optional dependencies in the lock, ${missing} missing`);
process.exit(missing ? 1 : 0);
