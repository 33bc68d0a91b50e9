// npm run new -- NAME LAYER [DEPENDENCY ...]: a package that already builds, lints and passes.
import fs from "node:fs";
import path from "node:path";

const [name, layer, ...deps] = process.argv.slice(2);
if (!name || !layer) {
  console.error(
    "usage: npm run new -- NAME LAYER [DEPENDENCY ...]   (for example: npm run new -- retrieval block core)",
  );
  process.exit(2);
}
const dir = path.resolve(import.meta.dirname, "../../packages", name);
if (fs.existsSync(dir)) {
  console.error(`packages/${name} exists already; choose another name or delete it first`);
  process.exit(1);
}
const tensors = ["kernels", "backend", "model", "assembly", "application"].includes(layer);
const write = (file, text) => {
  const at = path.join(dir, file);
  fs.mkdirSync(path.dirname(at), { recursive: true });
  fs.writeFileSync(at, text);
};
const json = (value) => `${JSON.stringify(value, null, 2)}\n`;

write(
  "package.json",
  json({
    name: `@xlm/${name}`,
    version: "0.1.0",
    description: `XLM: ${name}`,
    license: "MIT",
    type: "module",
    sideEffects: false,
    engines: { node: ">=20.19.0" },
    main: "./dist/index.cjs",
    module: "./dist/index.js",
    types: "./dist/index.d.cts",
    exports: {
      ".": {
        "@xlm/source": "./src/index.ts",
        import: { types: "./dist/index.d.ts", default: "./dist/index.js" },
        require: { types: "./dist/index.d.cts", default: "./dist/index.cjs" },
      },
      "./package.json": "./package.json",
    },
    files: ["dist", "src", "!src/**/*.test.ts"],
    scripts: {
      build: "tsup",
      "build:js": "tsup --no-dts --no-clean",
      "check:shape": "publint --strict && attw --pack . --profile node16",
    },
    ...(deps.length ? { dependencies: Object.fromEntries(deps.map((d) => [`@xlm/${d}`, "0.1.0"])) } : {}),
    ...(tensors ? { peerDependencies: { "@tensorflow/tfjs-core": "^4.22.0" } } : {}),
    nx: { tags: [`layer:${layer}`] },
  }),
);
write("tsconfig.json", json({ extends: "../../tsconfig.base.json", include: ["*.ts", "src", "test", "bench"] }));
write(
  "tsup.config.ts",
  `import { defineConfig } from "tsup";\nimport { base } from "../../tools/config/tsup.base";\n\nexport default defineConfig(base());\n`,
);
write("src/index.ts", "export {};\n");
write("README.md", `# @xlm/${name}\n`);
console.log(`packages/${name}: run npm install once, then fill src/index.ts and README.md`);
