import { IoTClient } from "@aws-sdk/client-iot";

/** Milliseconds to a connection, to an answer, and to the end of a call with all its retries. */
const CONNECT = 3000;
const ANSWER = 8000;
export const DEADLINE = 8000;

/** For any client of AWS: its calls end soon, whatever the service does; credentials are looked up as the SDK does. */
export const clientSettings = (region: string, endpoint?: string) => ({
  region,
  ...(endpoint === undefined ? {} : { endpoint }),
  // Mostly for throttling: AWS takes 10 or 15 calls a second of each kind.
  maxAttempts: 5,
  requestHandler: { connectionTimeout: CONNECT, requestTimeout: ANSWER, throwOnRequestTimeout: true },
});

export const iotClient = (region: string, endpoint: string | undefined): IoTClient =>
  new IoTClient(clientSettings(region, endpoint));
