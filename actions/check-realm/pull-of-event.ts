import * as z from "zod";
import { readInput } from "../../adapters/files/read.ts";
import { Failure } from "../../core/failure.ts";
import { input } from "../runner.ts";

const event = z.object({ pull_request: z.object({ number: z.number().int() }) });

/** The pull request that the input or the event names; undefined: none. Nothing else of the event is believed. */
export async function pullHere(): Promise<number | undefined> {
  const named = input("pull-request");
  if (/^[1-9]\d{0,9}$/.test(named)) return Number(named);
  if (named !== "")
    throw new Failure("usage", `input "pull-request" is ${JSON.stringify(named)}; write a number`);
  const file = process.env.GITHUB_EVENT_PATH;
  if (file === undefined || file === "") return undefined;
  const read = event.safeParse(JSON.parse(await readInput(file)));
  return read.success ? read.data.pull_request.number : undefined;
}
