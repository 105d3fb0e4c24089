/** Imports go one way: core <- flows <- entries, and core <- adapters <- entries. See CONTRIBUTING.md. */
const entries = ["app", "actions", "cli", "agent", "sandbox"];

/** An entry may not reach into another one; the CLI alone may start the sandbox. */
const betweenEntries = entries.map((entry) => ({
  name: `${entry}-imports-no-other-entry`,
  severity: "error",
  from: { path: `^${entry}/` },
  to: {
    path: `^(${entries.filter((other) => other !== entry && !(entry === "cli" && other === "sandbox")).join("|")})/`,
  },
}));

module.exports = {
  forbidden: [
    { name: "no-cycles", severity: "error", from: {}, to: { circular: true } },
    { name: "nothing-unresolved", severity: "error", from: {}, to: { couldNotResolve: true } },
    {
      name: "core-imports-core-only",
      severity: "error",
      from: { path: "^core/" },
      to: { path: `^(flows|adapters|test|${entries.join("|")})/` },
    },
    {
      name: "core-opens-nothing",
      comment: "of Node's own modules core takes those that only compute: hashes, signature checks, gzip",
      severity: "error",
      from: { path: "^core/" },
      to: { dependencyTypes: ["core"], pathNot: "^(node:)?(crypto|zlib)$" },
    },
    {
      name: "flows-know-ports-only",
      severity: "error",
      from: { path: "^flows/" },
      to: { path: `^(adapters|test|${entries.join("|")})/` },
    },
    {
      name: "flows-open-nothing",
      severity: "error",
      from: { path: "^flows/" },
      to: { dependencyTypes: ["core"], pathNot: "^(node:)?crypto$" },
    },
    {
      name: "adapters-import-core-only",
      severity: "error",
      from: { path: "^adapters/", pathNot: "^adapters/wire\\.ts$" },
      to: { path: `^(flows|test|${entries.join("|")})/` },
    },
    {
      name: "adapters-are-neighbours-not-friends",
      comment: "one folder per outside party; adapters/wire.ts puts them together",
      severity: "error",
      from: { path: "^adapters/([^/]+)/" },
      to: { path: "^adapters/([^/]+)/", pathNot: "^adapters/($1|files|openssh)/" },
    },
    ...betweenEntries,
    {
      name: "nothing-ships-tests",
      severity: "error",
      from: { path: "^(?!test/|bench/)" },
      to: { path: "^(test|bench)/" },
    },
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    parser: "swc",
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.json" },
    enhancedResolveOptions: {
      exportsFields: ["exports"],
      conditionNames: ["import", "node", "default", "types"],
      mainFields: ["module", "main", "types"],
    },
  },
};
