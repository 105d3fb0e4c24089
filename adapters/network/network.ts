import { connect } from "node:tls";
import { Failure, unavailable } from "../../core/failure.ts";
import type { Network } from "../../core/inspection.ts";
import { readKeyLine } from "../../core/keys/key-line.ts";
import { lastLine } from "../../core/lines.ts";
import { type Instant, instantOf } from "../../core/time.ts";
import { run } from "../openssh/run.ts";

const SECONDS = 5;

/** By `ssh-keyscan` and Node's own TLS. */
export class HostNetwork implements Network {
  async hostKeys(host: string, port: number): Promise<readonly string[]> {
    const args = ["-T", String(SECONDS), "-p", String(port), "-t", "ed25519,ecdsa,rsa", "--", host];
    const subject = `${host}:${port}`;
    const ended = await run("ssh-keyscan", args, { timeout: (SECONDS + 3) * 1000 }).catch(
      (cause: unknown) => {
        throw unavailable(subject, cause);
      },
    );
    const lines = ended.stdout.split("\n").flatMap((line) => {
      const key = readKeyLine(line.split(" ").slice(1).join(" "));
      return key.ok ? [key.value.line] : [];
    });
    if (lines.length > 0) return lines;
    const why = ended.stderr
      .split("\n")
      .filter((line) => !line.startsWith("#"))
      .join("\n");
    throw unavailable(subject, new Error(lastLine(why) || `no SSH server within ${SECONDS} s`));
  }

  handshake(host: string, port: number, ca?: string): Promise<Instant> {
    return new Promise((resolve, reject) => {
      const options = {
        host,
        port,
        servername: host,
        timeout: SECONDS * 1000,
        ...(ca === undefined ? {} : { ca }),
      };
      // Node refuses an address as a server's name.
      const socket = connect(/^[0-9.]+$|:/.test(host) ? { ...options, servername: "" } : options);
      const fail = (failure: Failure) => {
        socket.destroy();
        reject(failure);
      };
      socket.once("secureConnect", () => {
        const ends = instantOf(new Date(socket.getPeerCertificate().valid_to));
        socket.destroy();
        resolve(ends);
      });
      socket.once("timeout", () => fail(unavailable(`${host}:${port}`, `nothing within ${SECONDS} s`)));
      socket.once("error", (cause) => fail(failureOf(`${host}:${port}`, cause)));
    });
  }
}

/** A certificate that is not trusted is an answer; all else is none. */
const failureOf = (subject: string, cause: Error): Failure =>
  "code" in cause && /CERT|SIGNED|ISSUER|ALTNAME/.test(String(cause.code))
    ? new Failure("refused", `certificate of ${subject} is not trusted: ${cause.message}`, { cause })
    : unavailable(subject, cause);
