import { once } from "node:events";
import { createServer, type RequestListener, type Server } from "node:http";
import { afterEach, describe, expect, it } from "@jest/globals";
import * as z from "zod";
import { githubClient } from "../../../adapters/github/client.ts";
import { Forge } from "../../../adapters/github/forge.ts";

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

async function forgeThat(answers: RequestListener): Promise<Forge> {
  const server = createServer(answers);
  servers.push(server);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  return new Forge(githubClient({ token: "secret-token", baseUrl: `http://127.0.0.1:${address.port}` }));
}
const saying = (status: number, body: unknown, headers: Record<string, string> = {}): RequestListener => {
  return (_request, response) => {
    response.writeHead(status, { "content-type": "application/json", ...headers }).end(JSON.stringify(body));
  };
};
const zen = (forge: Forge) => forge.get("GET /zen", {}, z.object({ zen: z.string() }));

describe("a forge that does not do as asked", () => {
  it("is unavailable by its host when nothing listens there", async () => {
    const forge = await forgeThat(() => {});
    servers[0]?.close();
    await expect(zen(forge)).rejects.toMatchObject({
      code: "unavailable",
      message: expect.stringMatching(/^forge 127\.0\.0\.1:\d+ does not answer: connect ECONNREFUSED/),
    });
  });

  it("is asked again for reads after a 502, and never for writes", async () => {
    let asked = 0;
    const forge = await forgeThat((request, response) => {
      asked += 1;
      saying(asked === 1 ? 502 : 200, { zen: "calm" })(request, response);
    });
    expect(await zen(forge)).toEqual({ zen: "calm" });
    asked = 0;
    const write = forge.write("POST /zen", {}, z.unknown());
    await expect(write).rejects.toMatchObject({ code: "unavailable" });
    expect(asked).toBe(1);
  });

  it.each([
    [401, {}, "refused", "does not accept the token"],
    [403, {}, "refused", "refuses GET /zen: HTTP 403, no"],
    [403, { "retry-after": "60" }, "unavailable", "rate limit"],
    [403, { "x-ratelimit-remaining": "0" }, "unavailable", "rate limit"],
    [429, {}, "unavailable", "rate limit"],
  ])("says what HTTP %i %j means", async (status, headers, code, words) => {
    const forge = await forgeThat(saying(status, { message: "no" }, headers));
    await expect(zen(forge)).rejects.toMatchObject({ code, message: expect.stringContaining(words) });
  });

  it("tells which permission is missing", async () => {
    const forge = await forgeThat(
      saying(403, { message: "no" }, { "x-accepted-github-permissions": "members=read" }),
    );
    await expect(zen(forge)).rejects.toMatchObject({ hint: "the token needs the permissions members=read" });
  });

  it("is unavailable when its answer breaks off or has another form", async () => {
    const broken = await forgeThat((_request, response) => {
      response.writeHead(200, { "content-type": "application/json", "content-length": "100" });
      response.write("[]");
      setImmediate(() => response.destroy());
    });
    const list = broken.list("GET /zen", {}, z.array(z.unknown()), 10);
    await expect(list).rejects.toMatchObject({ code: "unavailable" });
    const other = await forgeThat(saying(200, { zen: 1 }));
    await expect(zen(other)).rejects.toMatchObject({
      code: "unavailable",
      message: expect.stringContaining("its answer to GET /zen is not understood at zen"),
    });
  });

  it("is unavailable when GraphQL's limit is used up, though that comes as HTTP 200", async () => {
    const forge = await forgeThat(
      saying(200, { errors: [{ type: "RATE_LIMITED", message: "API rate limit" }] }),
    );
    await expect(forge.query("{ zen }", {}, z.unknown())).rejects.toMatchObject({ code: "unavailable" });
  });

  it("leaves no token in the failure", async () => {
    const forge = await forgeThat(saying(422, { message: "no" }));
    const failure: unknown = await zen(forge).catch((error: unknown) => error);
    const seen = new Set<unknown>();
    const everything = JSON.stringify(failure, (_key, value: unknown) => {
      if (typeof value !== "object" || value === null || seen.has(value)) return value;
      seen.add(value);
      return {
        ...value,
        ...Object.fromEntries(Object.getOwnPropertyNames(value).map((key) => [key, Reflect.get(value, key)])),
      };
    });
    expect(everything).not.toContain("secret-token");
  });
});
