import * as z from "zod";
import { instant, port, readJson } from "../json.ts";
import type { Parsed } from "../place.ts";
import type { Instant } from "../time.ts";
import { isReachable, type Standing } from "../tunnel/standing.ts";

/**
 * What a running agent says of itself: the file `status.json` beside its profile, replaced at each change and gone
 * after a clean stop.
 */
export interface AgentStatus {
  readonly format: 1;
  readonly id: string;
  readonly pid: number;
  /** When the kernel started that process, in its own ticks: a pid alone may be another's by now. "" where unknown. */
  readonly ticks: string;
  readonly since: Instant;
  readonly standing: Standing;
  readonly brokerSince: Instant;
  readonly tunnelSince: Instant;
  /** Of the newest directory that it uses. */
  readonly sequence?: number;
  /** What went wrong last, though all may be well by now. */
  readonly trouble?: { readonly at: Instant; readonly says: string };
}

export const printStatus = (status: AgentStatus): string => `${JSON.stringify(status, null, 2)}\n`;

export const readStatus = (text: string): Parsed<AgentStatus> => readJson(shape, text, "status");

/** What `warren-agent status` finds. */
export type Seen =
  | { readonly kind: "running"; readonly status: AgentStatus }
  /** `last`: what an agent said that did not stop cleanly. */
  | { readonly kind: "stopped"; readonly last?: AgentStatus };

export const seenReachable = (seen: Seen): boolean =>
  seen.kind === "running" && isReachable(seen.status.standing);

/** The lines of `warren-agent status`, for a person. */
export function seenLines(id: string, seen: Seen): readonly string[] {
  if (seen.kind === "stopped") {
    const { last } = seen;
    const died = last === undefined ? "" : `; the last one, pid ${last.pid}, ended without saying so`;
    return [`${id}  no agent runs here${died}`, ...troubleLines(last)];
  }
  const { status } = seen;
  const { standing } = status;
  const { leases } = standing;
  const broker =
    standing.broker === "none"
      ? "this realm has none"
      : `${standing.broker} since ${status.brokerSince}${standing.broker === "online" ? ", can be woken" : ""}`;
  const where = standing.port === undefined ? "" : `, port ${standing.port} on the proxy`;
  return [
    `${id}  ${isReachable(standing) ? "reachable" : "not reachable"}`,
    `agent      pid ${status.pid}, since ${status.since}`,
    `broker     ${broker}`,
    `tunnel     ${standing.tunnel} since ${status.tunnelSince}${where}`,
    `leases     ${leases}`,
    `directory  ${status.sequence === undefined ? "none yet" : `sequence ${status.sequence}`}`,
    ...troubleLines(status),
  ];
}

const troubleLines = (status: AgentStatus | undefined): readonly string[] =>
  status?.trouble === undefined ? [] : [`last error ${status.trouble.at}: ${status.trouble.says}`];

const shape = z.strictObject({
  format: z.literal(1),
  id: z.string(),
  pid: z.int().min(1),
  ticks: z.string().regex(/^[0-9]*$/),
  since: instant,
  standing: z.strictObject({
    broker: z.enum(["none", "online", "offline"]),
    tunnel: z.enum(["down", "opening", "up", "closing"]),
    port: z.exactOptional(port),
    leases: z.int().min(0),
  }),
  brokerSince: instant,
  tunnelSince: instant,
  sequence: z.exactOptional(z.int().min(0)),
  trouble: z.exactOptional(z.strictObject({ at: instant, says: z.string() })),
});
