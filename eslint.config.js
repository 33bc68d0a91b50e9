// @ts-check
import nx from "@nx/eslint-plugin";
import { defineConfig } from "eslint/config";
import tseslint from "typescript-eslint";

// Who may import whom; imports point down, never sideways (docs/decisions/0001-packages.md).
const below = {
  "layer:core": [],
  "layer:testing": ["layer:core"],
  "layer:block": ["layer:core"],
  "layer:kernels": ["layer:core"],
  "layer:backend": ["layer:core", "layer:kernels"],
  "layer:model": ["layer:core", "layer:kernels"],
  "layer:assembly": ["layer:core", "layer:kernels", "layer:block", "layer:model"],
  "layer:application": ["layer:core", "layer:kernels", "layer:block", "layer:model", "layer:assembly"],
  "layer:app": [
    "layer:core",
    "layer:kernels",
    "layer:block",
    "layer:model",
    "layer:assembly",
    "layer:application",
    "layer:backend",
    "layer:app",
  ],
};
const constraints = (extra) =>
  Object.entries(below).map(([sourceTag, tags]) => ({ sourceTag, onlyDependOnLibsWithTags: [...tags, ...extra] }));
const boundaries = (depConstraints) => [
  "error",
  {
    allow: ["../../tools/config/tsup.base"],
    enforceBuildableLibDependency: false,
    ignoredCircularDependencies: [["@xlm/core", "@xlm/testing"]],
    depConstraints,
  },
];
const blocksKnowNoTensors = {
  patterns: [
    { group: ["@tensorflow/*"], message: "From core to block everything is plain TypeScript over typed arrays." },
  ],
};

export default defineConfig(
  {
    ignores: [
      "**/dist",
      "**/generated",
      "packages/*/assembly",
      "**/coverage",
      "**/.nx",
      "**/fixtures",
      "runs",
      "packages/corpora/data",
    ],
  },
  {
    files: ["**/*.ts"],
    extends: [tseslint.configs.recommendedTypeChecked],
    languageOptions: {
      parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname },
    },
    plugins: { "@nx": nx },
    rules: {
      "@nx/enforce-module-boundaries": boundaries([
        ...constraints([]),
        { sourceTag: "layer:tools", onlyDependOnLibsWithTags: ["*"] },
      ]),
      "@typescript-eslint/no-unused-vars": ["error", { argsIgnorePattern: "^_", varsIgnorePattern: "^_" }],
      "@typescript-eslint/unbound-method": "off", // what our functions return are records of closures, not objects with `this`
    },
  },
  {
    files: ["packages/*/src/**/*.ts"],
    ignores: ["**/*.test.ts", "packages/cli/**"],
    rules: {
      "no-console": "error",
      "no-restricted-properties": [
        "error",
        { object: "Math", property: "random", message: "Chance comes from an Rng argument." },
        {
          object: "process",
          property: "env",
          message: "Libraries take options; only the command reads the environment.",
        },
      ],
    },
  },
  {
    files: ["packages/{core,testing,text,bpe,data,sampler,objectives,metrics,checkpoint}/src/**/*.ts"],
    rules: { "no-restricted-imports": ["error", blocksKnowNoTensors] },
  },
  {
    files: ["**/*.test.ts", "**/test/**/*.ts", "**/bench/**/*.ts"],
    rules: {
      "@nx/enforce-module-boundaries": boundaries([{ sourceTag: "*", onlyDependOnLibsWithTags: ["*"] }]),
      "@typescript-eslint/no-unsafe-assignment": "off", // expect.objectContaining and friends are any
      "@typescript-eslint/no-unsafe-member-access": "off",
      "@typescript-eslint/no-unsafe-argument": "off",
      "@typescript-eslint/no-unsafe-return": "off",
    },
  },
  { files: ["**/*.config.ts", "tools/**/*.ts"], rules: { "@nx/enforce-module-boundaries": "off" } },
);
