import { describe, expect, it } from "@jest/globals";
import { userOf } from "../../../core/broker/certificate-id.ts";
import { clientsOf } from "../../../core/broker/clients.ts";
import type { Holders } from "../../../core/broker/holders-file.ts";
import { rabbitmqDefinitions } from "../../../core/broker/rabbitmq.ts";
import { type RabbitmqHeld, rabbitmqSteps } from "../../../core/broker/rabbitmq-steps.ts";

const [A, B] = ["a".repeat(64), "b".repeat(64)];
const clients = (computers: Holders["computers"], presence = false) =>
  clientsOf([
    { format: 1, realm: "atlas", system: "hula", clientIdSuffix: "", presence, computers, revoked: {} },
  ]);
const heldOf = (computers: Holders["computers"]): RabbitmqHeld => {
  const { users, permissions } = rabbitmqDefinitions(clients(computers));
  return { ...users, ...permissions };
};
const NOTHING = [{ users: [], topic_permissions: [] }, { permissions: [] }];

describe("rabbitmqSteps", () => {
  it("are none where all is as it should be", () => {
    const steps = rabbitmqSteps(heldOf({ "333": [A] }), clients({ "333": [A] }));
    expect(steps).toEqual({ removed: [], added: [], definitions: NOTHING });
  });

  it("import the new one alone, and its topics before it may come in", () => {
    const { added, definitions } = rabbitmqSteps(heldOf({ "333": [A] }), clients({ "333": [A], "444": [B] }));
    expect(added).toEqual([userOf(B)]);
    const { users, permissions } = rabbitmqDefinitions(clients({ "444": [B] }));
    expect(definitions).toEqual([users, permissions]);
  });

  it("delete one of a computer's certificates, and leave the other as it is", () => {
    const steps = rabbitmqSteps(heldOf({ "333": [A, B] }), clients({ "333": [B] }));
    expect(steps).toEqual({ removed: [userOf(A)], added: [], definitions: NOTHING });
  });

  it("mend what somebody changed: rights, a password, and what realm.yaml allows now", () => {
    const held = heldOf({ "333": [A] });
    const again = (changed: RabbitmqHeld, presence = false) =>
      rabbitmqSteps(changed, clients({ "333": [A] }, presence)).definitions[0].users.map(({ name }) => name);
    const wider = held.topic_permissions.map((one) => ({ ...one, write: ".*" }));
    expect(again({ ...held, topic_permissions: wider })).toEqual([userOf(A)]);
    expect(again({ ...held, topic_permissions: [] })).toEqual([userOf(A)]);
    expect(again({ ...held, permissions: held.permissions.map((one) => ({ ...one, read: ".*" })) })).toEqual([
      userOf(A),
    ]);
    expect(again({ ...held, users: held.users.map((one) => ({ ...one, password_hash: "x" })) })).toEqual([
      userOf(A),
    ]);
    expect(again(held, true)).toEqual([userOf(A)]);
    expect(again(held)).toEqual([]);
  });

  it("touch no user but those that a sync made, and put no other name on a command line", () => {
    const odd = ["operator", "$(reboot)@warren", `${A}@warren --vhost x`].map((name) => ({
      name,
      password_hash: "",
      tags: ["warren"],
    }));
    const foreign = { name: userOf(B), password_hash: "", tags: ["administrator"] };
    const held = { users: [...odd, foreign], topic_permissions: [], permissions: [] };
    expect(rabbitmqSteps(held, []).removed).toEqual([]);
  });
});
