export default {
  roots: ["<rootDir>/test"],
  testMatch: ["**/*.test.ts"],
  testEnvironment: "node",
  transform: { "\\.ts$": "<rootDir>/tools/jest-transform.mjs" },
  extensionsToTreatAsEsm: [".ts"],
  testTimeout: 60_000,
  maxWorkers: 3,
};
