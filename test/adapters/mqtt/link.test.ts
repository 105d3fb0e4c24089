import { EventEmitter } from "node:events";
import { afterEach, beforeEach, describe, expect, it, jest } from "@jest/globals";
import type { MqttClient } from "mqtt";
import { Link } from "../../../adapters/mqtt/link.ts";

/** As much of mqtt.js as a link looks at; what it would wait for next stands in `options`. */
class Client extends EventEmitter {
  readonly options = { reconnectPeriod: 0 };
  readonly stream = {};

  /** A connection that lives so long; returns how long the client waits before the next. */
  lives(milliseconds: number): number {
    this.emit("connect");
    jest.advanceTimersByTime(milliseconds);
    return this.fails();
  }

  fails(): number {
    this.emit("close");
    return this.options.reconnectPeriod;
  }
}

describe("a link to the broker", () => {
  let client: Client;

  beforeEach(() => {
    jest.useFakeTimers();
    jest.spyOn(Math, "random").mockReturnValue(0.999);
    client = new Client();
    new Link(client as unknown as MqttClient);
  });
  afterEach(() => {
    jest.restoreAllMocks();
    jest.useRealTimers();
  });

  const seconds = (pauses: readonly number[]): readonly number[] =>
    pauses.map((pause) => Math.round(pause / 1000));

  it("comes back after longer and longer pauses, up to half a minute, while another one with its id throws it out", () => {
    const pauses = [1, 2, 3, 4, 5, 6, 7].map(() => client.lives(200));
    expect(seconds(pauses)).toEqual([2, 4, 8, 16, 30, 30, 30]);
    // As long as the other one may wait at most.
    expect(seconds([client.lives(30_000), client.lives(30_000)])).toEqual([30, 30]);
  });

  it("is back within half a minute of a broker that was away for however long", () => {
    const pauses = Array.from({ length: 100 }, () => client.fails());
    expect(Math.max(...pauses)).toBeLessThanOrEqual(30_000);
  });

  it("starts anew with short pauses after a connection that has proven itself", () => {
    for (let count = 0; count < 6; count++) client.lives(200);
    expect(seconds([client.lives(60_000)])).toEqual([2]);
  });

  it("asks at most once a second, as AWS IoT Core wants it of one client id", () => {
    jest.spyOn(Math, "random").mockReturnValue(0);
    expect(client.fails()).toBe(1_000);
  });
});
