import { DeleteConnectionCommand, IoTDataPlaneClient } from "@aws-sdk/client-iot-data-plane";
import { Failure } from "../../core/failure.ts";
import { subjectOfCertificate } from "../../core/keys/certificate-subject.ts";
import { type Ask, askOf } from "./ask.ts";
import { clientSettings } from "./client.ts";
import { isForbidden, unlessGone } from "./failures.ts";

/** The sessions that computers hold at AWS IoT Core: its data plane, a service of its own to the SDK. */
export class AwsIotConnections {
  readonly #region: string;
  readonly #ask: Ask;
  #client: IoTDataPlaneClient | undefined;

  constructor(region: string) {
    this.#region = region;
    this.#ask = askOf(`broker (AWS IoT in ${region})`);
  }

  /**
   * Ends the session of a certificate's client id, if it has one. A role made before Warren asked for
   * `iot:DeleteConnection` may not: then AWS itself drops a deactivated certificate's session, within a few minutes.
   */
  async end(pem: string): Promise<void> {
    const subject = subjectOfCertificate(pem);
    // Not one of ours: nobody connects by it as one of our computers.
    if (!subject.ok) return;
    // The will is let out: controllers should learn that the device is gone.
    const request = new DeleteConnectionCommand({ clientId: subject.value.commonName, cleanSession: true });
    this.#client ??= new IoTDataPlaneClient(clientSettings(this.#region));
    const client = this.#client;
    try {
      await unlessGone(() => this.#ask("end a session", (until) => client.send(request, until)));
    } catch (error) {
      if (!(error instanceof Failure) || !isForbidden(error)) throw error;
    }
  }
}
