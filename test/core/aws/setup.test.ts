import { describe, expect, it } from "@jest/globals";
import { isEndpoint } from "../../../core/aws/setup.ts";

const HOST = "xyz-ats.iot.eu-central-1.amazonaws.com";

describe("isEndpoint", () => {
  it.each([HOST, `${HOST}:8883`, `${HOST}:443`])("takes %s for what AWS calls the host alone", (said) => {
    expect(isEndpoint(said, HOST)).toBe(true);
  });
  it.each(["other-ats.iot.eu-central-1.amazonaws.com", `${HOST}:44`, HOST.slice(1)])("refuses %s", (said) => {
    expect(isEndpoint(said, HOST)).toBe(false);
  });
});
