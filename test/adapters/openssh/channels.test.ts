import { once } from "node:events";
import { type AddressInfo, connect, createServer } from "node:net";
import { describe, expect, it } from "@jest/globals";
import { isConnectedTo, readAddress } from "../../../adapters/openssh/channels.ts";

describe("readAddress", () => {
  it.each([
    ["0100007F", "127.0.0.1"],
    ["00000000000000000000000001000000", "::1"],
    ["0000000000000000FFFF00000100007F", "127.0.0.1"],
    ["B80D0120000000000000000001000000", "2001:db8::1"],
  ])("reads %s of a little-endian machine", (hex, address) => {
    expect(readAddress(hex, "LE")).toBe(address);
  });

  it("reads what a big-endian machine writes", () => {
    expect(readAddress("7F000001", "BE")).toBe("127.0.0.1");
  });
});

describe("isConnectedTo", () => {
  it("sees a connection of the process while it is there", async () => {
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    expect(await isConnectedTo(process.pid, "127.0.0.1", port)).toBe(false);
    const [socket] = [connect(port, "127.0.0.1"), await once(server, "connection")];
    expect(await isConnectedTo(process.pid, "127.0.0.1", port)).toBe(true);
    expect(await isConnectedTo(process.pid, "127.0.0.1", port === 1 ? 2 : 1)).toBe(false);
    socket.destroy();
    await once(socket, "close");
    expect(await isConnectedTo(process.pid, "127.0.0.1", port)).toBe(false);
    server.close();
  });
});
